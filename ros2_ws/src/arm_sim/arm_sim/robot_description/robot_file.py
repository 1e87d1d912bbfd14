"""Reads a robot file, MJCF or URDF, into an editable MuJoCo model."""

from dataclasses import dataclass
from pathlib import Path

import mujoco

from arm_sim.common.errors import UserError
from arm_sim.robot_description.checks import check_model
from arm_sim.robot_description.file_references import content_hash, find_references
from arm_sim.robot_description.includes import hint_at_whole
from arm_sim.robot_description.mjcf_file import read_mjcf
from arm_sim.robot_description.urdf_file import read_urdf
from arm_sim.robot_description.xml_text import read_text, root_tag

_OTHER_KINDS = {
    "sdf": "an SDF file; use the robot's URDF or MJCF file",
    "collada": "a Collada mesh; use the robot's URDF or MJCF file",
    "html": "a web page; download the raw file",
}


@dataclass(frozen=True)
class RobotFile:
    """A robot as its maker's file describes it.

    Attributes:
        path: The file.
        spec: The robot as an editable MuJoCo model, which compiles as it is. Each call of
            `read_robot_file` makes a new one, which the caller may edit.
        velocity_limits: The velocity limit of joints that have one, by joint name, rad/s or m/s.
            From URDF's `<limit velocity>`; empty for MJCF, which has none.
        effort_limits: The effort limit of joints that have one, by joint name, N·m or N. From
            URDF's `<limit effort>`; empty for MJCF, whose limits are in the spec.
        content_hash: The SHA-256 of all files that the robot is made of, in hexadecimal. It does
            not depend on where they are.
        notes: What was done to read the file, one sentence each.
    """

    path: Path
    spec: mujoco.MjSpec
    velocity_limits: dict[str, float]
    effort_limits: dict[str, float]
    content_hash: str
    notes: tuple[str, ...]


def read_robot_file(path: Path) -> RobotFile:
    """Reads an MJCF or URDF file, which stays as it is.

    Whether it is MJCF or URDF is told by its root element, not by its name.

    Raises:
        UserError: If it can't be read, or is no robot; the message names what to change.
    """
    text = read_text(path)
    root = root_tag(text)
    if root == "mujoco":
        # Reads each file that MuJoCo will open, and so refuses pipes, devices and huge ones.
        content = content_hash(text, find_references(path, text))
        spec, model, notes = read_mjcf(path, text)
        check_model(path, spec, model)
        return RobotFile(path, spec, {}, {}, content, tuple(notes))
    if root == "robot":
        urdf = read_urdf(path, text)
        check_model(path, urdf.spec, urdf.model)
        return RobotFile(
            path,
            urdf.spec,
            urdf.velocity_limits,
            urdf.effort_limits,
            content_hash(text, urdf.files),
            tuple(urdf.notes),
        )
    if root is None:
        raise UserError(f"{path} is neither an MJCF nor a URDF file: it has no XML element.")
    if root == "mujocoinclude":
        raise UserError(f"{path} is a part that other files include.{hint_at_whole(path)}")
    kind = _OTHER_KINDS.get(root.lower(), f"neither MJCF (<mujoco>) nor URDF (<robot>): <{root}>")
    raise UserError(f"{path} is {kind}.")
