"""Links of a URDF: mass, visual and collision shapes of a body of the compiled MJCF."""

import xml.etree.ElementTree as ET

import mujoco
import numpy as np

from arm_sim.common.poses import make_pose
from arm_sim.robot.meshes import mesh_file
from arm_sim.robot.urdf_elements import add_numbers, add_origin, body_name, to_text

# MuJoCo draws geom groups 0 to 2 by default; models put collision shapes into the others.
_DRAWN_GROUPS = (0, 1, 2)
# MuJoCo's default geom colour: a geom with a material then has the material's colour.
_NO_COLOUR = np.array([0.5, 0.5, 0.5, 1.0], dtype=np.float32)


def add_link(root: ET.Element, model: mujoco.MjModel, body: int) -> None:
    """Adds a body as a link: its mass, and its geoms as visual and collision shapes."""
    link = ET.SubElement(root, "link", name=body_name(model, body))
    _add_inertial(link, model, body)
    for geom in np.flatnonzero(model.geom_bodyid == body):
        if model.geom_group[geom] in _DRAWN_GROUPS:
            for visual in _add_shapes(link, "visual", model, geom):
                _add_colour(visual, model, geom)
        if model.geom_contype[geom] or model.geom_conaffinity[geom]:
            _add_shapes(link, "collision", model, geom)


def _add_inertial(link: ET.Element, model: mujoco.MjModel, body: int) -> None:
    if model.body_mass[body] <= 0:
        return
    inertial = ET.SubElement(link, "inertial")
    add_origin(inertial, make_pose(model.body_ipos[body], model.body_iquat[body]))
    add_numbers(inertial, "mass", {"value": model.body_mass[body]})
    # The axes of MuJoCo's inertial frame are the principal axes.
    principal = dict(zip(("ixx", "iyy", "izz"), model.body_inertia[body], strict=True))
    add_numbers(inertial, "inertia", principal | {"ixy": 0.0, "ixz": 0.0, "iyz": 0.0})


def _add_shapes(link: ET.Element, use: str, model: mujoco.MjModel, geom: int) -> list[ET.Element]:
    """Adds a geom as elements of a use, 'visual' or 'collision', and returns these."""
    pose = make_pose(model.geom_pos[geom], model.geom_quat[geom])
    elements = []
    for shape, sizes, z in _shapes(model, geom):
        element = ET.SubElement(link, use)
        add_origin(element, pose @ make_pose(np.array([0.0, 0.0, z])))
        ET.SubElement(ET.SubElement(element, "geometry"), shape, sizes)
        elements.append(element)
    return elements


def _shapes(model: mujoco.MjModel, geom: int) -> list[tuple[str, dict[str, str], float]]:
    """The URDF shapes that make up a geom: tag, attributes and shift along z, m, of each."""
    geoms = mujoco.mjtGeom
    kind, size = model.geom_type[geom], model.geom_size[geom]
    if kind == geoms.mjGEOM_MESH.value:
        return [("mesh", {"filename": mesh_file(model, model.geom_dataid[geom]).as_uri()}, 0.0)]
    ball = {"radius": to_text(size[:1])}
    tube = ball | {"length": to_text(2 * size[1:2])}  # MuJoCo gives half of each length.
    if kind == geoms.mjGEOM_SPHERE.value:
        return [("sphere", ball, 0.0)]
    if kind == geoms.mjGEOM_CYLINDER.value:
        return [("cylinder", tube, 0.0)]
    if kind == geoms.mjGEOM_CAPSULE.value:
        return [("cylinder", tube, 0.0), ("sphere", ball, size[1]), ("sphere", ball, -size[1])]
    if kind == geoms.mjGEOM_BOX.value:
        return [("box", {"size": to_text(2 * size)}, 0.0)]
    return []


def _add_colour(visual: ET.Element, model: mujoco.MjModel, geom: int) -> None:
    rgba, material = model.geom_rgba[geom], model.geom_matid[geom]
    if material >= 0 and np.array_equal(rgba, _NO_COLOUR):
        rgba = model.mat_rgba[material]
    # In URDF a material's name stands for one colour everywhere, so it is made from the colour.
    name = "rgba_" + np.uint8(np.round(255 * rgba)).tobytes().hex()
    element = ET.SubElement(visual, "material", name=name)
    ET.SubElement(element, "color", rgba=" ".join(f"{channel:.3g}" for channel in rgba))
