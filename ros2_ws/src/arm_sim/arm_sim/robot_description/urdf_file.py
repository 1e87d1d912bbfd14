"""Reads a URDF file by MuJoCo's importer, after rewriting what it would not read as ROS does."""

import re
import xml.etree.ElementTree as ElementTree
from dataclasses import dataclass
from pathlib import Path

import mujoco

from arm_sim.common.errors import UserError
from arm_sim.robot_description.mesh_library import MeshLibrary
from arm_sim.robot_description.mujoco_errors import compile_spec, explain
from arm_sim.robot_description.urdf_inertia import (
    InertiaFacts,
    complete_inertias,
    rewrite_inertial,
)
from arm_sim.robot_description.urdf_joints import rewrite_joints
from arm_sim.robot_description.urdf_notes import describe
from arm_sim.robot_description.urdf_numbers import owner
from arm_sim.robot_description.urdf_shapes import named_colours, rewrite_shapes
from arm_sim.robot_description.urdf_tree import Element, UrdfTree, read_tree
from arm_sim.robot_description.xml_text import parse_xml

# Geoms of this group are not drawn, those of 0 to 2 are: MuJoCo's mjvOption.
_HIDDEN_GROUP = 3
# Settings of <mujoco><compiler> that would undo what is done here.
_OWN_SETTINGS = ("meshdir", "texturedir", "assetdir", "strippath", "angle")


@dataclass(frozen=True)
class UrdfFile:
    """A URDF as a spec that compiles, its compiled model, and what the spec does not hold."""

    spec: mujoco.MjSpec
    model: mujoco.MjModel
    velocity_limits: dict[str, float]
    effort_limits: dict[str, float]
    files: list[Path]
    notes: list[str]


def read_urdf(path: Path, text: str) -> UrdfFile:
    """Returns a URDF file as a spec whose bodies are the links, the first ones fixed to the world.

    Links that are only fixed to others stay bodies, so that they can be tool frames. Shapes of
    <visual> are drawn and do not collide; those of <collision> collide and are not drawn where
    there are visual ones.

    Args:
        path: The file.
        text: Its text without comments.

    Raises:
        UserError: If it can't be read.
    """
    root = parse_xml(path, text)
    tree = read_tree(path, root)
    settings = root.find("mujoco/compiler")
    folder = "" if settings is None else settings.get("meshdir", settings.get("assetdir", ""))
    meshes = MeshLibrary(path, folder)
    robot = ElementTree.Element("robot", name=root.get("name") or path.stem)
    _add_settings(root, robot)
    inertias, empty_shapes = _rewrite_links(path, root, tree, robot, meshes)
    joints = rewrite_joints(path, tree.joints, robot)
    if len(inertias.missing) == len(tree.links) and not robot.findall("link/*"):
        raise UserError(f"{path}: no link has a mass or a shape, so it can't be simulated.")
    spec, model = _import(path, robot, meshes, inertias)
    notes = describe(tree, joints, inertias, meshes, empty_shapes)
    return UrdfFile(spec, model, joints.velocity_limits, joints.effort_limits, meshes.files, notes)


def _add_settings(root: Element, robot: Element) -> None:
    """Adds the <mujoco> element, with those settings of the file's own that MuJoCo reads."""
    mujoco_element = ElementTree.SubElement(robot, "mujoco")
    compiler = ElementTree.SubElement(mujoco_element, "compiler")
    for tag in ("compiler", "option", "size"):
        own = root.find(f"mujoco/{tag}")
        if own is not None:
            target = compiler if tag == "compiler" else ElementTree.SubElement(mujoco_element, tag)
            target.attrib.update(own.attrib)
    for name in _OWN_SETTINGS:
        compiler.attrib.pop(name, None)
    # Links without joints stay bodies, and what is only seen stays.
    compiler.attrib.update(fusestatic="false", discardvisual="false")


def _rewrite_links(
    path: Path, root: Element, tree: UrdfTree, robot: Element, meshes: MeshLibrary
) -> tuple[InertiaFacts, list[str]]:
    """Adds the links for MuJoCo; returns what is to be done, and which shapes are left out."""
    inertias, colours = InertiaFacts(), named_colours(root)
    empty_shapes: list[str] = []
    for name, link in tree.links.items():
        where = owner(path, "link", name)
        target = ElementTree.SubElement(robot, "link", name=name)
        rewrite_inertial(where, name, link, target, inertias)
        left_out = rewrite_shapes(where, link, target, meshes, colours)
        empty_shapes.extend(f"{tag} of {name}" for tag in left_out)
    return inertias, empty_shapes


def _import(
    path: Path, robot: Element, meshes: MeshLibrary, inertias: InertiaFacts
) -> tuple[mujoco.MjSpec, mujoco.MjModel]:
    """Imports and compiles; a mesh that MuJoCo fails on is converted, else left out."""
    text = ElementTree.tostring(robot, encoding="unicode")
    left_out: list[str] = []
    while True:
        try:
            spec = mujoco.MjSpec.from_string(text, assets=dict(meshes.assets))
            for mesh in left_out:
                _leave_out(spec, mesh)
            _set_groups(spec)
            complete_inertias(spec, inertias)
            return spec, compile_spec(spec)
        except ValueError as error:
            failed = _named_mesh(str(error), meshes)
            if failed is None or failed in left_out:
                raise explain(path, error) from error
            if meshes.convert(failed):
                text = text.replace(f'"{failed}.obj"', f'"{failed}.stl"')
            else:
                left_out.append(failed)
                meshes.leave_out(failed, str(error))


def _named_mesh(message: str, meshes: MeshLibrary) -> str | None:
    """The mesh that an error of the compiler is about."""
    named = re.findall(r"Element name '(.*?)'|'([^']*)\.(?:obj|stl)'", message)
    return next((name for pair in named for name in pair if meshes.has(name)), None)


def _leave_out(spec: mujoco.MjSpec, mesh: str) -> None:
    for geom in [geom for geom in spec.geoms if geom.meshname == mesh]:
        spec.delete(geom)
    spec.delete(spec.mesh(mesh))


def _set_groups(spec: mujoco.MjSpec) -> None:
    """Hides what collides where something is there to be seen; meshes need no volume."""
    if any(geom.contype == 0 for geom in spec.geoms):
        for geom in spec.geoms:
            if geom.contype:
                geom.group = _HIDDEN_GROUP
    for mesh in spec.meshes:
        mesh.inertia = mujoco.mjtMeshInertia.mjMESH_INERTIA_SHELL
