"""What a task's file and class lack is said, with what is valid."""

from collections.abc import Callable

import pytest

Check = Callable[..., dict[str, str]]
Replaced = tuple[str, str]


def test_a_sound_task_has_no_faults(check: Check) -> None:
    found = check()
    assert found["warning"] == found["error"] == ""
    assert "The class writes starts, reward, scene_changes, achieved; the rest" in found["fine"]


@pytest.mark.parametrize(
    ("replaced", "sentence"),
    [
        (("import pydantic", "import pydantik"),
         "touch_task.py can't be run: ModuleNotFoundError: No module named 'pydantik'"),
        (('name = "touch"', ""), "has no class 'Touch' with a 'name'"),
        (('"touch"', '"touch it"'), "name is 'touch it'; it must be letters"),
        (("def starts", "def begin"), "The class lacks starts(self, random)"),
        (("def reward(self, state, actions, success)", "def reward(self, state)"),
         "reward must take (self, state, actions, success)."),
        (("Touch(Task)", "Touch"), "The class lacks assisted_starts, demonstrate, present_goals"),
        (("config_class = TouchConfig", ""), "The class lacks config_class"),
        (("TouchConfig(TaskConfig)", "TouchConfig"), "The class lacks config_class"),
        (("reward: TouchReward = TouchReward()", ""), "TouchConfig lacks the field reward"),
        (("tolerance: float = 0.08", "height: float"), "every setting needs a valid default"),
        (('("target_from_tool", "object_from_tool/cube")', '"target_from_tool"'),
         "observation must be a tuple of names"),
        (("object_from_tool/cube", "object_from_tool/ball"),
         "there is no such object (valid: cube)"),
        (("object_from_tool/cube", "toolposition"), "Unknown observation term 'toolposition'"),
        (('    name = "touch"', '    action = "walk"\n    name = "touch"'),
         "Unknown action 'walk'"),
    ],
)  # fmt: skip
def test_a_fault_is_an_error(check: Check, replaced: Replaced, sentence: str) -> None:
    assert sentence in check(replaced)["error"]


def test_weights_without_terms_and_terms_without_weights_are_found(check: Check) -> None:
    found = check(('"distance":', '"away":'))
    assert found["error"] == "The reward term 'away' has no weight: add it to TouchReward."
    assert "The weight 'distance' of TouchReward belongs to no reward term." in found["warning"]


def test_settings_are_those_of_the_file(check: Check) -> None:
    always = check(settings="touch: {tolerance: 9.0}")
    assert "achieved is True at every start" in always["error"]
