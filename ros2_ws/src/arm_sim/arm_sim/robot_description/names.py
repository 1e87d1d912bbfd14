"""Words in the names of joints, bodies and sites, which tell what they are for."""

import re

FINGER_WORDS = frozenset(
    [
        "finger",
        "fingers",
        "gripper",
        "grip",
        "jaw",
        "knuckle",
        "thumb",
        "claw",
        "driver",
        "drive",
        "close",
        "coupler",
        "follower",
        "digit",
    ]
)
ARM_WORDS = frozenset(["shoulder", "elbow", "wrist", "arm", "upperarm", "forearm", "waist"])
# Joints of these are no arm's: legs, heads, wheels.
OTHER_LIMB_WORDS = frozenset(
    ["leg", "hip", "knee", "ankle", "foot", "toe", "head", "neck", "wheel", "caster", "torso"]
)
BASE_WORDS = frozenset(["base", "root", "world", "virtual", "mobile", "odom", "floating", "planar"])
# Words of a frame that is meant to be the tool's, and of one that tools are bolted to.
TOOL_WORDS = frozenset(
    [
        "tcp",
        "tool",
        "tool0",
        "pinch",
        "grasp",
        "grip",
        "gripperframe",
        "ee",
        "eef",
        "effector",
        "endeffector",
        "tip",
        "fingertips",
    ]
)
MOUNT_WORDS = frozenset(["attachment", "flange", "mount", "wristsite"])

_SEPARATORS = re.compile(r"[^A-Za-z0-9]+|(?<=[a-z])(?=[A-Z])")
_NUMBER = re.compile(r"\d+$")


def words(name: str) -> frozenset[str]:
    """Returns the lower-case words of a name, also without the number at their ends.

    Example: `words("robot0:leftFinger_1")` has robot0, robot, left, finger and 1.
    """
    found = {word.lower() for word in _SEPARATORS.split(name) if word}
    return frozenset(found | {_NUMBER.sub("", word) for word in found} - {""})


def has_word(name: str, known: frozenset[str]) -> bool:
    """Returns whether one of the words of a name is known; 'leftfinger' ends in one of them."""
    found = words(name)
    if found & known:
        return True
    return any(word.endswith(long) for word in found for long in known if len(long) > 4)
