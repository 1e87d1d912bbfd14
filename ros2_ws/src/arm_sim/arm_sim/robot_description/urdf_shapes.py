"""Rewrites the <visual> and <collision> elements of a URDF's links for MuJoCo."""

import xml.etree.ElementTree as ElementTree

from arm_sim.common.errors import UserError
from arm_sim.robot_description.mesh_library import MeshLibrary
from arm_sim.robot_description.urdf_joints import add_origin
from arm_sim.robot_description.urdf_numbers import read_numbers, write_numbers
from arm_sim.robot_description.urdf_tree import Element

# The dimensions of each shape, m: http://wiki.ros.org/urdf/XML/link; a capsule is MuJoCo's.
_SHAPES = {
    "box": (("size", 3),),
    "sphere": (("radius", 1),),
    "cylinder": (("radius", 1), ("length", 1)),
    "capsule": (("radius", 1), ("length", 1)),
}

Colour = tuple[float, ...]  # red, green, blue, opacity, from 0 to 1
Shape = tuple[str, dict[str, str], Colour | None]  # tag, attributes, colour


def rewrite_shapes(
    where: str,
    source: Element,
    target: Element,
    meshes: MeshLibrary,
    colours: dict[str, Colour],
) -> list[str]:
    """Adds a link's visual and collision shapes to a <link> for MuJoCo.

    A mesh file of several colours becomes several shapes, unless the URDF gives it one colour.

    Args:
        where: The file and the link, for messages.
        source: The <link> of the file.
        target: The <link> for MuJoCo.
        meshes: Gets the meshes.
        colours: Those of the file's materials, by name.

    Returns:
        The tags of shapes that were left out: without geometry or size, or of an unknown kind.

    Raises:
        UserError: If a number is none, or a mesh is missing.
    """
    left_out = []
    for element in source:
        if element.tag not in ("visual", "collision"):
            continue
        colour = _colour(element, colours) if element.tag == "visual" else None
        by_colour = element.tag == "visual" and colour is None
        shapes = _geometry(where, element, meshes, by_colour)
        if not shapes and element.find("geometry/mesh") is None:
            left_out.append(element.tag)
        for tag, attributes, own_colour in shapes:
            new = ElementTree.SubElement(target, element.tag)
            add_origin(where, element, new)
            ElementTree.SubElement(ElementTree.SubElement(new, "geometry"), tag, attributes)
            rgba = colour or own_colour
            if rgba is not None:
                material = ElementTree.SubElement(new, "material", name="")
                ElementTree.SubElement(material, "color", rgba=write_numbers(rgba))
    return left_out


def _geometry(where: str, element: Element, meshes: MeshLibrary, by_colour: bool) -> list[Shape]:
    """The shapes of an element; none where it has no geometry, or one without size."""
    geometry = element.find("geometry")
    shape = next(iter(geometry), None) if geometry is not None else None
    if shape is not None and shape.tag == "mesh":
        scale, uri = _scale(where, shape), shape.get("filename", "").strip()
        if uri and 0.0 not in scale:
            text = write_numbers(scale)
            return [
                ("mesh", {"filename": asset, "scale": text}, rgba)
                for asset, rgba in meshes.add(where, uri, text, by_colour)
            ]
    elif shape is not None and shape.tag in _SHAPES:
        sizes = {n: read_numbers(where, shape, n, count) for n, count in _SHAPES[shape.tag]}
        given = {n: write_numbers(v) for n, v in sizes.items() if v is not None and min(v) > 0}
        if len(given) == len(sizes):
            return [(shape.tag, given, None)]
    return []


def _scale(where: str, mesh: Element) -> list[float]:
    """A mesh's scale along its axes; some files write one number for all."""
    text = mesh.get("scale", "1 1 1")
    if len(text.split()) == 1:
        return (read_numbers(where, mesh, "scale", 1) or [1.0]) * 3
    return read_numbers(where, mesh, "scale", 3) or [1.0] * 3


def named_colours(root: Element) -> dict[str, Colour]:
    """Returns the colours of a URDF's materials by their names, wherever they are defined."""
    colours: dict[str, Colour] = {}
    for material in root.iter("material"):
        rgba = _rgba(material)
        if rgba is not None:
            colours.setdefault(material.get("name", ""), rgba)
    return colours


def _colour(visual: Element, colours: dict[str, Colour]) -> Colour | None:
    material = visual.find("material")
    if material is None:
        return None
    return _rgba(material) or colours.get(material.get("name") or " ")


def _rgba(material: Element) -> Colour | None:
    """A material's own colour; one that can't be read is none, as it is only looks."""
    try:
        rgba = read_numbers("", material.find("color"), "rgba", 4)
    except UserError:
        return None
    return None if rgba is None else tuple(min(max(value, 0.0), 1.0) for value in rgba)
