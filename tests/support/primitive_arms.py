"""MJCF texts of arms made of capsules and boxes, for tests of what is found in a robot's file.

    mjcf(chain(end=fingers()), servos(*JOINTS, *FINGERS))

is a whole file: an arm of six hinges and a parallel gripper, on the origin.
"""

from pathlib import Path

# Axes and lengths, m, of an arm's links from the base on; with all joints at 0 it is upright.
_AXES = ("0 0 1", "0 1 0", "0 1 0", "0 0 1", "0 1 0", "0 0 1", "0 1 0")
_LENGTHS = (0.15, 0.30, 0.25, 0.12, 0.10, 0.06, 0.05)
_RADIUS = 0.03
JOINTS = tuple(f"joint_{i}" for i in range(1, 7))
FINGERS = ("left_finger", "right_finger")


def chain(
    prefix: str = "", joints: int = 6, end: str = "", pos: str = "0 0 0.1", axes: str = "zyyzyz"
) -> str:
    """Returns an arm: bodies link_1 … with hinges joint_1 …, each hanging on the one before.

    Args:
        prefix: Put before the names of joints and bodies.
        joints: Number of hinges.
        end: Elements of the last body, for instance `fingers()`; it reaches to z = 0.06 m.
        pos: Where the first body is.
        axes: The axis of each hinge, x, y or z.
    """
    text = end
    for i in reversed(range(joints)):
        length = _LENGTHS[i] if i < joints - 1 else 0.06
        axis = {"x": "1 0 0", "y": "0 1 0", "z": "0 0 1"}[axes[i]]
        place = pos if i == 0 else f"0 0 {_LENGTHS[i - 1]}"
        text = (
            f'<body name="{prefix}link_{i + 1}" pos="{place}" gravcomp="1">'
            f'<joint name="{prefix}joint_{i + 1}" axis="{axis}" range="-2.5 2.5" damping="2" '
            'armature="0.1"/>'
            f'<geom type="capsule" size="{_RADIUS}" fromto="0 0 0 0 0 {length}" mass="1"/>'
            f"{text}</body>"
        )
    return text


def finger(name: str, y: float, axis: str, joint_range: str = "0 0.04") -> str:
    """Returns a finger that slides, a box of 6 cm along z, at y (m) on the body it is put on."""
    return (
        f'<body name="{name}_link" pos="0 {y} 0.09" gravcomp="1"><joint name="{name}" '
        f'type="slide" axis="{axis}" range="{joint_range}" damping="50"/>'
        '<geom type="box" size="0.01 0.005 0.03" pos="0 0 0.03" mass="0.05"/></body>'
    )


def fingers(prefix: str = "") -> str:
    """Returns two fingers that slide apart from 0 to 0.04 m."""
    left, right = (f"{prefix}{name}" for name in FINGERS)
    return finger(left, 0.006, "0 1 0") + finger(right, -0.006, "0 -1 0")


def jaw(name: str = "joint_7") -> str:
    """Returns a fixed jaw, and one that turns beside it from 0 (closed) to 1.2 rad (open)."""
    return (
        '<geom type="box" size="0.01 0.008 0.05" pos="0 -0.02 0.11" mass="0.05"/>'
        f'<body name="{name}_link" pos="0 0.02 0.07" gravcomp="1"><joint name="{name}" '
        'axis="-1 0 0" range="0 1.2" damping="1" armature="0.01"/>'
        '<geom type="box" size="0.01 0.008 0.045" pos="0 -0.01 0.045" mass="0.05"/></body>'
    )


def servos(*joints: str, kp: float = 1000.0) -> str:
    """Returns a position actuator for each joint."""
    each = "".join(
        f'<position name="{joint}" joint="{joint}" kp="{kp}" dampratio="1" inheritrange="1" '
        'forcerange="-200 200"/>'
        for joint in joints
    )
    return f"<actuator>{each}</actuator>"


def mjcf(world: str, *sections: str, base: str = "", name: str = "primitive_arm") -> str:
    """Returns a whole file whose links collide with their surroundings, not with each other.

    Args:
        world: Elements of the robot's base.
        sections: Further sections, such as `servos(...)`.
        base: Attributes of the body 'base' that carries them.
        name: The model's name.
    """
    return (
        f'<mujoco model="{name}"><compiler angle="radian" autolimits="true"/>'
        '<option timestep="0.005" integrator="implicitfast"/>'
        '<default><geom contype="1" conaffinity="2"/></default>'
        f'<worldbody><body name="base" {base}>'
        '<geom type="cylinder" size="0.08 0.05" pos="0 0 0.05" contype="0" conaffinity="0"/>'
        f"{world}</body></worldbody>{''.join(sections)}</mujoco>"
    )


def write_mjcf(folder: Path, text: str, scene: str = "", name: str = "my_arm") -> str:
    """Writes an MJCF, and the scene YAML beside it if there is one; returns the MJCF's path."""
    file = folder / f"{name}.xml"
    file.write_text(text, encoding="utf-8")
    if scene:
        file.with_suffix(".yaml").write_text(scene, encoding="utf-8")
    return str(file)
