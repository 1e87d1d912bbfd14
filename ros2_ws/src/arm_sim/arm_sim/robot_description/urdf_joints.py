"""Rewrites the joints of a URDF file so that MuJoCo reads them as ROS does."""

import xml.etree.ElementTree as ElementTree
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from arm_sim.common.errors import UserError
from arm_sim.robot_description.urdf_numbers import (
    owner,
    read_limit,
    read_numbers,
    write_numbers,
)
from arm_sim.robot_description.urdf_tree import Element, UrdfJoint

_SINGLE_AXIS = ("revolute", "continuous", "prismatic")


@dataclass
class JointFacts:
    """What the joints of a URDF say beyond what MuJoCo's importer keeps, by joint name."""

    velocity_limits: dict[str, float] = field(default_factory=dict)
    effort_limits: dict[str, float] = field(default_factory=dict)
    endless: list[str] = field(default_factory=list)
    held: list[str] = field(default_factory=list)
    followers: list[str] = field(default_factory=list)


def rewrite_joints(path: Path, joints: Sequence[UrdfJoint], robot: Element) -> JointFacts:
    """Adds the joints to a <robot> element for MuJoCo, each with the elements it reads.

    A floating joint becomes a fixed one: MuJoCo has them below the world alone, and what an arm
    stands on is held still.

    Raises:
        UserError: If a number is none, limits are upside down, an axis is zero, or a joint is to
            follow one that is not there.
    """
    facts = JointFacts()
    single = {joint.name for joint in joints if joint.type in _SINGLE_AXIS}
    for joint in joints:
        where = owner(path, "joint", joint.name)
        kind = "fixed" if joint.type == "floating" else joint.type
        element = ElementTree.SubElement(robot, "joint", name=joint.name, type=kind)
        ElementTree.SubElement(element, "parent", link=joint.parent)
        ElementTree.SubElement(element, "child", link=joint.child)
        add_origin(where, joint.element, element)
        if joint.type == "floating":
            facts.held.append(joint.name)
        if kind != "fixed":
            _add_axis(where, joint.element, element)
            _add_dynamics(where, joint.element, element)
        if joint.type in _SINGLE_AXIS:
            _add_limits(where, joint, element, facts)
            _add_mimic(where, joint, element, single, facts)
    return facts


def add_origin(where: str, source: Element, target: Element) -> None:
    """Copies an <origin>: the translation xyz, m, and the rotation rpy, rad."""
    origin = source.find("origin")
    values = {name: read_numbers(where, origin, name, 3) for name in ("xyz", "rpy")}
    given = {name: write_numbers(value) for name, value in values.items() if value}
    if given:
        ElementTree.SubElement(target, "origin", given)


def _add_axis(where: str, source: Element, target: Element) -> None:
    axis = read_numbers(where, source.find("axis"), "xyz", 3)
    if axis is not None:
        if sum(value * value for value in axis) < 1e-12:
            raise UserError(f"{where} has an axis of length zero.")
        ElementTree.SubElement(target, "axis", xyz=write_numbers(axis))


def _add_dynamics(where: str, source: Element, target: Element) -> None:
    dynamics = source.find("dynamics")
    values = {name: read_numbers(where, dynamics, name, 1) for name in ("damping", "friction")}
    given = {n: write_numbers(v) for n, v in values.items() if v is not None and v[0] > 0}
    if given:
        ElementTree.SubElement(target, "dynamics", given)


def _add_limits(where: str, joint: UrdfJoint, target: Element, facts: JointFacts) -> None:
    """Position limits that are not there, or both 0, are none; one alone has 0 as the other."""
    limit = joint.element.find("limit")
    given = {}
    lower, upper = (read_limit(where, limit, name) for name in ("lower", "upper"))
    if joint.type == "continuous" or lower is None or upper is None or lower == upper == 0.0:
        facts.endless.append(joint.name)
    else:
        if lower >= upper:
            raise UserError(
                f"{where} has the limits lower={lower:g} and upper={upper:g}; lower has to be less."
            )
        given = {"lower": write_numbers([lower]), "upper": write_numbers([upper])}
    velocity = read_limit(where, limit, "velocity")
    if velocity:
        facts.velocity_limits[joint.name] = abs(velocity)
    effort = read_limit(where, limit, "effort")
    if effort:
        facts.effort_limits[joint.name] = abs(effort)
        given["effort"] = write_numbers([abs(effort)])
    if given:
        ElementTree.SubElement(target, "limit", given)


def _add_mimic(
    where: str, joint: UrdfJoint, target: Element, single: set[str], facts: JointFacts
) -> None:
    mimic = joint.element.find("mimic")
    if mimic is None:
        return
    leader = mimic.get("joint", "")
    if leader not in single or leader == joint.name:
        raise UserError(
            f"{where} is to follow (mimic) '{leader}', which is no other joint with one axis."
        )
    given = {"joint": leader}
    for name in ("multiplier", "offset"):
        value = read_numbers(where, mimic, name, 1)
        if value is not None:
            given[name] = write_numbers(value)
    ElementTree.SubElement(target, "mimic", given)
    facts.followers.append(joint.name)
