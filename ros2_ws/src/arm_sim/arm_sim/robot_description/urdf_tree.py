"""Reads the links and joints of a URDF file and checks that they make a tree."""

import re
import xml.etree.ElementTree as ElementTree
from dataclasses import dataclass
from pathlib import Path

from arm_sim.common.errors import UserError

Element = ElementTree.Element

# http://wiki.ros.org/urdf/XML/joint; 'spherical' is Bullet's addition, which MuJoCo reads.
JOINT_TYPES = ("revolute", "continuous", "prismatic", "fixed", "floating", "planar", "spherical")
# An expression; "$(find package)" is left in some expanded files, and read in mesh_locations.py.
_XACRO = re.compile(r"\$\{|\$\((?!find )")
# A humanoid with hands has some 100; MuJoCo's importer calls itself once for each link of a chain.
_MOST_LINKS = 500


@dataclass(frozen=True)
class UrdfJoint:
    """A joint of a URDF file: its name, its type, the links that it connects, its element."""

    name: str
    type: str
    parent: str
    child: str
    element: Element


@dataclass(frozen=True)
class UrdfTree:
    """The links of a URDF file by name, and its joints, both in the order of the file."""

    links: dict[str, Element]
    joints: list[UrdfJoint]

    def roots(self) -> list[str]:
        """Returns the links that are no joint's child."""
        children = {joint.child for joint in self.joints}
        return [name for name in self.links if name not in children]


def read_tree(path: Path, root: Element) -> UrdfTree:
    """Returns the links and joints below a <robot> element.

    Raises:
        UserError: If the file is xacro, names are missing or stand twice, a joint's links do not
            exist, or links form a loop.
    """
    _refuse_xacro(path, root)
    links: dict[str, Element] = {}
    for element in root.findall("link"):
        name = element.get("name", "")
        if not name or name in links:
            problem = f"two links have the name '{name}'" if name else "a link has no name"
            raise UserError(f"{path}: {problem}; each needs one of its own.")
        links[name] = element
    if len(links) > _MOST_LINKS:
        raise UserError(f"{path} has {len(links)} links; at most {_MOST_LINKS} are read.")
    if not links:
        raise UserError(f"{path} has no <link>, so it describes no robot (an SRDF file?).")
    tree = UrdfTree(links, [_joint(path, element, links) for element in root.findall("joint")])
    _check_names(path, tree)
    _check_parents(path, tree)
    return tree


def _refuse_xacro(path: Path, root: Element) -> None:
    """Refuses a file that xacro has to expand first; one that declares its namespace is fine."""
    xacro = any(element.tag.startswith("xacro:") for element in root.iter())
    if xacro or any(_XACRO.search(value) for e in root.iter() for value in e.attrib.values()):
        name = path.name.removesuffix(".xacro").removesuffix(".urdf")
        name += "" if path.suffix == ".xacro" else "_expanded"
        raise UserError(f"{path} is a xacro file; expand it first: xacro {path.name} > {name}.urdf")


def _joint(path: Path, element: Element, links: dict[str, Element]) -> UrdfJoint:
    name, kind = element.get("name", ""), element.get("type", "")
    ends = []
    for tag in ("parent", "child"):
        end = element.find(tag)
        link = "" if end is None else end.get("link", "")
        if link not in links:
            problem = f"there is no link '{link}'" if link else "it names none"
            raise UserError(f"{path}: the {tag} link of the joint '{name}': {problem}.")
        ends.append(link)
    parent, child = ends
    if kind not in JOINT_TYPES:
        raise UserError(
            f"{path}: the joint '{name}' has the type '{kind}' (valid: {', '.join(JOINT_TYPES)})."
        )
    if not name and kind != "fixed":
        raise UserError(
            f"{path}: the {kind} joint between the links '{parent}' and '{child}' has no name."
        )
    return UrdfJoint(name or f"{child}_fixed", kind, parent, child, element)


def _check_names(path: Path, tree: UrdfTree) -> None:
    seen: set[str] = set()
    for joint in tree.joints:
        if joint.name in seen:
            raise UserError(f"{path}: two joints have the name '{joint.name}'; rename one.")
        seen.add(joint.name)


def _check_parents(path: Path, tree: UrdfTree) -> None:
    """Refuses links with two parents, and loops, which URDF can't express."""
    joint_of: dict[str, UrdfJoint] = {}
    for joint in tree.joints:
        other = joint_of.setdefault(joint.child, joint)
        if other is not joint:
            raise UserError(
                f"{path}: the link '{joint.child}' is the child of two joints, '{other.name}' and "
                f"'{joint.name}'; in URDF a link has one parent."
            )
    if "world" in joint_of:
        raise UserError(f"{path}: the link 'world' has to be the first one, not a joint's child.")
    grounded = set(tree.roots())
    for link in tree.links:
        chain: dict[str, None] = {}
        while link not in grounded and link not in chain:
            chain[link] = None
            link = joint_of[link].parent
        if link not in grounded:
            names = ", ".join(reversed(list(chain)[list(chain).index(link) :]))
            raise UserError(
                f"{path}: these links form a loop, each the parent of the next: {names}."
            )
        grounded.update(chain)
