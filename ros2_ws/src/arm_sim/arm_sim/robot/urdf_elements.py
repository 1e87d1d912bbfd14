"""Elements that several parts of a URDF are made of: joints, origins, numbers."""

import xml.etree.ElementTree as ET
from collections.abc import Iterable

import mujoco

from arm_sim.common.arrays import Floats
from arm_sim.common.poses import roll_pitch_yaw


def body_name(model: mujoco.MjModel, body: int) -> str:
    """Returns the name of a body's link: the body's name, or one made from its index."""
    return model.body(body).name or f"body_{body}"


def add_joint(
    root: ET.Element, parent: str, child: str, origin: Floats, name: str = "", kind: str = "fixed"
) -> ET.Element:
    """Adds a joint between two links, by default a fixed one that is named after the child."""
    element = ET.SubElement(root, "joint", name=name or f"{child}_fixed", type=kind)
    ET.SubElement(element, "parent", link=parent)
    ET.SubElement(element, "child", link=child)
    add_origin(element, origin)
    return element


def add_origin(element: ET.Element, pose: Floats) -> None:
    """Adds a (4, 4) pose, m, as the origin of an element."""
    xyz, rpy = to_text(pose[:3, 3]), to_text(roll_pitch_yaw(pose[:3, :3]))
    ET.SubElement(element, "origin", xyz=xyz, rpy=rpy)


def add_numbers(element: ET.Element, tag: str, values: dict[str, float]) -> None:
    """Adds an element whose attributes are numbers."""
    ET.SubElement(element, tag, {key: to_text([value]) for key, value in values.items()})


def to_text(values: Iterable[float]) -> str:
    """Returns numbers with all their digits, so that reading them loses nothing."""
    return " ".join(repr(float(value) + 0.0) for value in values)  # Adding 0 turns -0 into 0.
