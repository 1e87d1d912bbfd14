"""Reads the masses and inertias of a URDF's links, and completes those that MuJoCo refuses."""

import math
import xml.etree.ElementTree as ElementTree
from dataclasses import dataclass, field

import mujoco
import numpy as np

from arm_sim.common.errors import UserError
from arm_sim.robot_description.urdf_joints import add_origin
from arm_sim.robot_description.urdf_numbers import read_numbers, write_numbers
from arm_sim.robot_description.urdf_tree import Element

# What has no mass of its own gets that of its shapes at the density of water, MuJoCo's default.
_DENSITY = 1000.0  # kg/m³
# A moving link without mass or shape, such as the middle one of a universal joint, gets little:
# a gram at a distance of 3 cm.
_LITTLE_MASS, _LITTLE_INERTIA = 1e-3, 1e-6  # kg, kg·m²
_MOMENTS = ("ixx", "iyy", "izz", "ixy", "ixz", "iyz")


@dataclass
class InertiaFacts:
    """What was found and done about the links' inertias, by link.

    Attributes:
        mass_only: Links that have a mass, kg, but no inertia.
        missing: Links that have neither.
        averaged: Links whose inertia no solid can have.
        little: Links that got a little mass.
    """

    mass_only: dict[str, float] = field(default_factory=dict)
    missing: list[str] = field(default_factory=list)
    averaged: list[str] = field(default_factory=list)
    little: list[str] = field(default_factory=list)


def rewrite_inertial(
    where: str, link: str, source: Element, target: Element, facts: InertiaFacts
) -> None:
    """Adds a link's mass and inertia to a <link> for MuJoCo, where they are physical.

    Principal moments A ≤ B ≤ C with A + B < C are replaced by their mean, as MuJoCo's
    balanceinertia does: https://mujoco.readthedocs.io/en/stable/XMLreference.html#compiler

    Raises:
        UserError: If a number is none, or the mass is negative.
    """
    inertial = source.find("inertial")
    mass = None if inertial is None else read_numbers(where, inertial.find("mass"), "value", 1)
    if inertial is None or mass is None or mass[0] == 0:
        facts.missing.append(link)
        return
    if mass[0] < 0:
        raise UserError(f"{where} has the mass {mass[0]:g} kg, which has to be positive.")
    inertia = inertial.find("inertia")
    xx, yy, zz, xy, xz, yz = (
        (read_numbers(where, inertia, name, 1) or [0.0])[0] for name in _MOMENTS
    )
    principal = np.linalg.eigvalsh([[xx, xy, xz], [xy, yy, yz], [xz, yz, zz]])
    if principal[0] <= mujoco.mjMINVAL:
        facts.mass_only[link] = mass[0]
        return
    moments = [xx, yy, zz, xy, xz, yz]
    if principal[0] + principal[1] < principal[2] * (1 - 1e-9):
        facts.averaged.append(link)
        moments = [float(principal.mean())] * 3 + [0.0] * 3
    new = ElementTree.SubElement(target, "inertial")
    add_origin(where, inertial, new)
    ElementTree.SubElement(new, "mass", value=write_numbers(mass))
    values = {n: write_numbers([v]) for n, v in zip(_MOMENTS, moments, strict=True)}
    ElementTree.SubElement(new, "inertia", values)


def complete_inertias(spec: mujoco.MjSpec, facts: InertiaFacts) -> None:
    """Gives the links of a spec that have no whole inertia one that follows from their shapes.

    Shapes that collide count where a link has some, else those that are seen.
    """
    solid = mujoco.mjtMeshInertia.mjMESH_INERTIA_CONVEX
    for link in (*facts.missing, *facts.mass_only):
        body = spec.body(link)
        if body is None:  # 'world'
            continue
        colliding = any(geom.contype for geom in body.geoms)
        for geom in body.geoms:
            geom.density = _DENSITY if geom.contype or not colliding else 0.0
            if geom.meshname:
                spec.mesh(geom.meshname).inertia = solid
    for link, mass in facts.mass_only.items():
        body = spec.body(link)
        if body is not None:
            _spread(spec, body, mass)
    facts.little.clear()
    for body in spec.bodies:
        if body.joints and not _has_mass(body):
            facts.little.append(body.name)
            _set_inertia(body, _LITTLE_MASS, _LITTLE_INERTIA)


def _spread(spec: mujoco.MjSpec, body: mujoco.MjsBody, mass: float) -> None:
    """Spreads a mass over a body's shapes; without shapes it is a ball of the default density."""
    if body.geoms:
        try:
            spec.adopt_inertial(body)
        except ValueError:  # A mesh without volume: the ball serves.
            pass
        else:
            if body.mass > mujoco.mjMINVAL:
                body.inertia = np.array(body.inertia) * (mass / body.mass)
                body.mass = mass
                return
    radius = (3 * mass / (4 * math.pi * _DENSITY)) ** (1 / 3)
    _set_inertia(body, mass, 0.4 * mass * radius**2)


def _set_inertia(body: mujoco.MjsBody, mass: float, moment: float) -> None:
    body.explicitinertial = True
    body.mass = mass
    body.inertia = (moment,) * 3


def _has_mass(body: mujoco.MjsBody) -> bool:
    """Whether a body, or what is fixed to it, has a mass, given or by its shapes."""
    if body.explicitinertial and body.mass > 0:
        return True
    if not body.explicitinertial and any(geom.density > 0 for geom in body.geoms):
        return True
    return any(_has_mass(child) for child in body.bodies if not child.joints)
