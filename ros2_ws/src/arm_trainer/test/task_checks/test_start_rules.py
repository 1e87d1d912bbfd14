"""Start states that can't be, or teach nothing, are found, and so are objects in a wrong place."""

from collections.abc import Callable

import pytest

Check = Callable[..., dict[str, str]]
Replaced = tuple[str, str]

START = "Start(self.robot.home, goal, self.robot.object_home)"
LOOP = "        while True:"
ACHIEVED = "    def achieved"
ASSISTED = """    def assisted_starts(self, random):
        return {"near": iter([Start(self.robot.home, np.zeros(2), self.robot.object_home)])}

"""
GOAL = "goal = random.uniform(lower + 0.1, upper - 0.1)"


@pytest.mark.parametrize(
    ("level", "sentence", "replaced"),
    [
        ("error", "starts: positions has the shape (2,); it must be (9,)",
         (START, START.replace("home, goal", "home[:2], goal"))),
        ("error", "starts: objects has the shape (7,); it must be (1, 7)",
         (START, START.replace("object_home", "object_home[0]"))),
        ("error", "starts yields a tuple", (START, START.removeprefix("Start"))),
        ("error", "starts ends after 1 start states", (LOOP, "        for _ in range(1):")),
        ("error", "starts: goal is not finite", (START, START.replace("goal", "goal * np.nan"))),
        ("error", "an object has not the length 1",
         (START, START.replace("object_home", "object_home * 1.01"))),
        ("error", "beyond their limits: elbow_flex_joint (by",
         (START, START.replace("home, goal", "home + 1.0, goal"))),
        ("error", "starts changes an array that it has yielded before: goal.",
         (LOOP + "\n            " + GOAL, "        goal = np.zeros(3)\n" + LOOP
          + "\n            goal[:] = random.uniform(lower + 0.1, upper - 0.1)")),
        ("error", "starts changes an array that is not its own (of the state, the actions or the "
         "robot), line 32",
         (GOAL, GOAL + "\n            self.robot.home[0] += 0.1")),
        ("error", "starts fails: ZeroDivisionError: division by zero, line 31",
         (GOAL, "goal = 1 / 0")),
        ("error", "assisted_starts 'near': goal has the shape (2,); it must be (3,)",
         (ACHIEVED, ASSISTED + ACHIEVED)),
        ("error", "assisted_starts returns a list; it must be a dict of iterators",
         (ACHIEVED, "    def assisted_starts(self, random):\n        return []\n\n" + ACHIEVED)),
        ("error", "starts differ with equal seeds", (GOAL, GOAL.replace("random", "np.random"))),
        ("warning", "starts are equal with different seeds",
         (LOOP, "        random = np.random.default_rng(5)\n" + LOOP)),
        ("warning", "goals never vary", (GOAL, "goal = self.robot.goal_home")),
        ("warning", "of the goals are where the tool never gets", (GOAL, GOAL + " + 1.0")),
        ("warning", "At 100% of the starts the arm touches itself or what stands around",
         (START, START.replace("home, goal", "home + np.eye(9)[1] * 1.2, goal"))),
        ("warning", "'cube' falls by up to 0.", ("0.3, 0.625]", "0.3, 0.8]")),
        ("warning", "'cube' moves by up to 0.",
         ('{"size": [0.05, 0.05, 0.05],', '{"size": [0.02, 0.02, 0.2], "yaw": 0.0,')),
        ("error", "of the starts 'cube' and 'table_top' are in each other",
         ("0.3, 0.625]", "0.3, 0.61]")),
        ("warning", "At 100% of the starts 'cube' is where the tool never gets",
         ("[0.7, 0.3, 0.625]", "[0.7, 0.3, 0.025]")),
        ("warning", "The goal is always at 'cube', but keeps_objects is True",
         (START, "Start(self.robot.home, goal, np.array([[*goal, 0, 0, 0, 1.0]]))")),
        ("warning", "scene_changes replaces all boxes: table_foot, table_top are gone",
         ('return {"objects"', 'return {"boxes": {}, "objects"')),
    ],
)  # fmt: skip
def test_a_fault_is_found(check: Check, level: str, sentence: str, replaced: Replaced) -> None:
    assert sentence in check(replaced)[level]
