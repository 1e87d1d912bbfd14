"""Words in names say what joints, bodies and sites are for, however they are written."""

import pytest

from arm_sim.robot_description.names import FINGER_WORDS, TOOL_WORDS, has_word, words


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("left_finger_joint", {"left", "finger", "joint"}),
        ("leftFinger", {"left", "finger"}),
        ("robot0:r_gripper_finger_joint", {"robot0", "robot", "r", "gripper", "finger", "joint"}),
        ("tool0", {"tool0", "tool"}),
        ("wrist-3/flange", {"wrist", "3", "flange"}),
        ("", set()),
    ],
)
def test_a_name_is_split_into_words(name: str, expected: set[str]) -> None:
    assert words(name) == expected


@pytest.mark.parametrize(
    ("name", "is_finger"),
    [
        ("panda_finger_joint1", True),
        ("rightfinger", True),
        ("JawLeft", True),
        ("bigdriver", True),
        ("wrist_3_joint", False),
        ("engrip", False),  # Short words count only on their own.
        ("", False),
    ],
)
def test_a_word_is_known_alone_or_at_the_end_of_another(name: str, is_finger: bool) -> None:
    assert has_word(name, FINGER_WORDS) == is_finger


def test_a_part_of_a_word_is_not_the_word() -> None:
    assert not has_word("knee_joint", TOOL_WORDS)  # It contains 'ee'.
    assert not has_word("toolbox_lid", TOOL_WORDS)
