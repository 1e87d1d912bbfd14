"""Grippers on one arm of capsules, as MJCF texts, for tests of what is derived for a hand.

On each arm the last body reaches to z = 0.06 m, and its fingers point along its z axis.
"""

from pathlib import Path

from arm_sim.robot.robot import Robot
from arm_sim.scene.loader import load_robot
from support.primitive_arms import FINGERS, JOINTS, chain, fingers, jaw, mjcf, servos, write_mjcf

SITE = '<site name="tool" pos="0 0 0.12"/>'
TURNED_SITE = '<site name="tool" pos="0.01 0 0.1" euler="0.4 -0.7 1.1"/>'
# Cranks of 0.05 m that lean outwards by 0.6 rad, and links beside them, keep the pads upright.
_LINKAGE_SIDE = """
<body name="{s}_crank" pos="0 {y} 0.06" gravcomp="1">
  <joint name="{s}_crank" axis="{a} 0 0" range="0 0.6" damping="0.05" armature="0.001"/>
  <geom type="capsule" size="0.004" fromto="0 0 0 0 {ly} 0.041" mass="0.02"/>
  <body name="{s}_pad" pos="0 {ly} 0.041" gravcomp="1">
    <joint name="{s}_pad" axis="{a} 0 0" range="-1 1" damping="0.01" armature="0.001"/>
    <geom type="box" size="0.01 0.003 0.02" pos="0 {py} 0.025" mass="0.02"/>
  </body>
</body>
<body name="{s}_link" pos="0 {y2} 0.075" gravcomp="1">
  <joint name="{s}_link" axis="{a} 0 0" range="0 0.8" damping="0.01" armature="0.001"/>
  <geom type="capsule" size="0.003" fromto="0 0 0 0 {ly} 0.041" mass="0.02"/>
</body>
"""
_LINKAGE_COUPLINGS = """
<equality>
  <connect body1="left_link" body2="left_pad" anchor="0 0.029 0.041"/>
  <connect body1="right_link" body2="right_pad" anchor="0 -0.029 0.041"/>
  <joint joint1="left_crank" joint2="right_crank"/>
</equality>
"""


def linkage() -> str:
    """Two pads on parallelograms of 0.05 m: open 0.076 m apart, closed by a turn of 0.6 rad."""
    left = {"s": "left", "y": 0.02, "y2": 0.01, "a": 1, "ly": 0.029, "py": -0.008}
    right = {"s": "right", "y": -0.02, "y2": -0.01, "a": -1, "ly": -0.029, "py": 0.008}
    return _LINKAGE_SIDE.format(**left) + _LINKAGE_SIDE.format(**right)


def three_fingers() -> str:
    """One finger at y = 0.03 m, two at y = -0.03 m, that turn inwards about their roots."""
    places = {"one": ((0, 0.03), 1), "two": ((0.03, -0.03), -1), "three": ((-0.03, -0.03), -1)}
    return "".join(
        f'<body name="{name}_link" pos="{x} {y} 0.06" gravcomp="1"><joint name="{name}" '
        f'axis="{turn} 0 0" range="0 0.45" damping="0.1" armature="0.001"/>'
        '<geom type="box" size="0.008 0.006 0.04" pos="0 0 0.04" mass="0.05"/></body>'
        for name, ((x, y), turn) in places.items()
    )


HANDS = {
    "slides": (fingers(), servos(*JOINTS, *FINGERS)),
    "jaw": (jaw(), servos(*JOINTS, "joint_7")),
    "linkage": (linkage(), _LINKAGE_COUPLINGS, servos(*JOINTS, "left_crank", kp=20)),
    "three_fingers": (three_fingers(), servos(*JOINTS, "one", "two", "three", kp=20)),
}


def hand_robot(
    folder: Path, hand: str, site: str = SITE, changes: dict[str, str] | None = None
) -> Robot:
    """Returns the arm with a hand of `HANDS`, with some texts of its file replaced."""
    end, *sections = HANDS[hand]
    text = mjcf(chain(end=site + end), *sections)
    for old, new in (changes or {}).items():
        assert old in text
        text = text.replace(old, new)
    return load_robot(write_mjcf(folder, text, name=hand))
