"""Says what was done to read a URDF file."""

from collections.abc import Iterable

from arm_sim.robot_description.mesh_library import MeshLibrary
from arm_sim.robot_description.urdf_inertia import InertiaFacts
from arm_sim.robot_description.urdf_joints import JointFacts
from arm_sim.robot_description.urdf_tree import UrdfTree

_MOST_NAMES = 8


def describe(
    tree: UrdfTree,
    joints: JointFacts,
    inertias: InertiaFacts,
    meshes: MeshLibrary,
    empty_shapes: list[str],
) -> list[str]:
    """Returns one sentence for each thing that was done to read a URDF file."""
    notes = []
    for names, sentence in (
        (tree.roots()[1:], "Links without a parent besides the first are fixed to the world: {}."),
        (joints.held, "Floating joints are held still: {}."),
        (joints.followers, "Joints that follow another one (mimic): {}."),
        (joints.endless, "Joints without position limits: {}."),
        (
            inertias.averaged,
            "Inertias that no solid can have are replaced by the mean of their moments: {}.",
        ),
        (
            inertias.mass_only,
            "Links with a mass but no valid inertia have it spread over their shapes: {}.",
        ),
        (
            _with_shapes(inertias, tree),
            "Links without a mass have that of their shapes at 1000 kg/m³: {}.",
        ),
        (inertias.little, "Moving links without mass or shape have a mass of 1 g: {}."),
        (
            sorted({file.name for file in meshes.converted}),
            "Meshes of kinds that MuJoCo does not read are converted: {}.",
        ),
        (empty_shapes, "Shapes without size, or of an unknown kind, are left out: {}."),
        (
            [f"{name} ({reason})" for name, reason in meshes.unreadable.items()],
            "Meshes that can't be read are left out: {}.",
        ),
    ):
        listed = list(names)
        if listed:
            notes.append(sentence.format(_join(listed)))
    return notes


def _with_shapes(inertias: InertiaFacts, tree: UrdfTree) -> list[str]:
    return [
        name
        for name in inertias.missing
        if tree.links[name].find("collision") is not None
        or tree.links[name].find("visual") is not None
    ]


def _join(names: Iterable[str]) -> str:
    listed = list(names)
    rest = len(listed) - _MOST_NAMES
    return ", ".join(listed[:_MOST_NAMES]) + (f" and {rest} more" if rest > 0 else "")
