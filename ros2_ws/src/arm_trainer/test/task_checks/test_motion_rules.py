"""What a task gets wrong while its arms move is found: returned values, success, repeatability."""

from collections.abc import Callable

import pytest

Check = Callable[..., dict[str, str]]
Replaced = tuple[str, str]

ACHIEVED = "return self.distance(state) < self.config.tolerance"
DISTANCE = '"distance": self.distance(state)'
METRICS = "\n    def metrics(self, state):\n        return "
OPENING = "\n    def gripper_opening(self, state):\n        return "
FAILED = "\n    def failed(self, state):\n        return "
END = '"success": success.astype(float)}\n'


@pytest.mark.parametrize(
    ("sentence", "replaced"),
    [
        ("achieved returns an array (N,) of float64; it must be True or False",
         (ACHIEVED, "return self.distance(state)")),
        ("achieved returns a bool;", (ACHIEVED, "return True")),
        ("achieved changes an array that is not its own",
         (ACHIEVED, "state.goal[:, 2] = 0.0\n        " + ACHIEVED)),
        ("failed returns a bool;", (END, END + FAILED + "False\n")),
        ("reward fails: KeyError: 'no', line 38", (DISTANCE, '"distance": {}["no"]')),
        ("reward: 'distance' is an array (N, 3) of float64; it must be an array (N,) of numbers",
         (DISTANCE, '"distance": state.tool')),
        ("reward: 'distance' is a float;", (DISTANCE, '"distance": 1.0')),
        ("reward: 'distance' is not finite", (DISTANCE, DISTANCE + " * np.inf")),
        ("reward changes an array that is not its own",
         (DISTANCE, '"distance": np.clip(actions, 0, 1, out=actions)[:, 0]')),
        ("metrics returns a list", (END, END + METRICS + "[]\n")),
        ("metrics: 'height' is an array (N, 3)", (END, END + METRICS + '{"height": state.tool}\n')),
        ("gripper_opening: what it returns is a int", (END, END + OPENING + "1\n")),
        ("Two runs with equal seeds differ in reward's 'distance'",
         (DISTANCE, DISTANCE + " + np.random.random(len(actions))")),
        ("achieved is True at every start", (ACHIEVED, "return state.goal[:, 0] < 9.0")),
        ("Observed columns are not finite: bad",
         ("object_from_tool/cube", "bad")),
    ],
)  # fmt: skip
def test_an_error_is_found(
    check: Check, sentence: str, replaced: Replaced, odd_terms: None
) -> None:
    assert sentence in check(replaced)["error"]


@pytest.mark.parametrize(
    ("sentence", "replaced"),
    [
        ("Observed columns that never change, so they tell nothing: constant.",
         ("object_from_tool/cube", "constant")),
        ("Observed columns much larger than 1, from which a network learns slowly: large (",
         ("object_from_tool/cube", "large")),
        ("Observed columns much smaller than 1, from which a network learns slowly: small (",
         ("object_from_tool/cube", "small")),
        ("Goals vary, but no observation term tells where they are",
         ('("target_from_tool", "object_from_tool/cube")', '("tool_position",)')),
        ("random periods the goal is never achieved", (ACHIEVED, "return state.goal[:, 0] > 9.0")),
        ("of the starts the goal is achieved at once",
         (ACHIEVED, "return state.goal[:, 1] > 0.0")),
        ("Reward terms that never change in random motion: distance",
         (DISTANCE, '"distance": np.zeros(len(actions))')),
        ("Waiting pays more than success", ("distance: float = -2.0", "distance: float = 2.0")),
        ("achieved depends on joint_targets or gripper_target, which are not known",
         (ACHIEVED, "return state.joint_targets[:, 0] > state.positions[:, 0]")),
        ("work on all arms at once, with NumPy, not in a loop.",
         (ACHIEVED, "import time; time.sleep(0.2); " + ACHIEVED)),
    ],
)  # fmt: skip
def test_a_weakness_is_found(
    check: Check, sentence: str, replaced: Replaced, odd_terms: None
) -> None:
    found = check(replaced)
    assert sentence in found["warning"] and found["error"] == ""


@pytest.fixture
def odd_terms(monkeypatch: pytest.MonkeyPatch) -> None:
    """Observation terms of one column each, of an odd size."""
    import numpy as np

    from arm_trainer.tasks.observation_terms import TERMS, ObservationTerm

    factors = {"constant": 0.0, "large": 1e3, "small": 1e-4, "bad": np.nan}
    for name, factor in factors.items():
        term = ObservationTerm(
            lambda robot, name=name: [name],
            lambda robot, factor=factor: lambda state: [factor * state.tool[:, :1]],
        )
        monkeypatch.setitem(TERMS, name, term)
