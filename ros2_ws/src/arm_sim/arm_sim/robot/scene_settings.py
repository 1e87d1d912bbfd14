"""The scene YAML: which joints, frames and cameras are used for what, and what stands around.

Every key may be left out: `scene/derive.py` finds a value for it in the robot's file.
"""

from pathlib import Path
from typing import Annotated, Literal

import pydantic

from arm_sim.common.config import build, read_yaml, settings
from arm_sim.common.errors import UserError
from arm_sim.robot.object_spec import ObjectSpec

Vector = tuple[float, float, float]
NotNegative = Annotated[float, pydantic.Field(ge=0)]
Positive = Annotated[float, pydantic.Field(gt=0)]
# The key is left out, so its value is derived.
Derived = None
NoneOf = Literal["none"]


@settings
class Workspace:
    """A box in the base frame, in metres, inside which targets are drawn."""

    lower: Vector
    upper: Vector


@settings
class ToolSite:
    """Where the scene puts the tool frame, if the robot's file has none."""

    body: str
    position: Vector = pydantic.Field(description="In the frame of the body, m")


@settings
class Box:
    """A fixed box that arms collide with, for instance a part of a table."""

    centre: Vector = pydantic.Field(description="Of its middle, in the base frame, m")
    size: Vector = pydantic.Field(description="Whole lengths of its sides along x, y and z, m")
    colour: Vector = pydantic.Field((0.62, 0.58, 0.52), description="Red, green, blue, 0 to 1")


@settings
class CameraPose:
    """A fixed camera."""

    position: Vector = pydantic.Field(description="In the base frame, m")
    right: Vector = pydantic.Field(description="Direction of the image's right, base frame")
    up: Vector = pydantic.Field(description="Direction of the image's top, base frame")
    field_of_view: float = pydantic.Field(45.0, gt=1, lt=170, description="Vertical, degrees")


@settings
class SceneSettings:
    """The content of a scene YAML; docs/any_arm.md explains each key.

    As read from a file it has what the user wrote, as derived it is complete.
    """

    arm: str = pydantic.Field(
        "", description="Where a robot has several arms: a joint or a body of the one to use"
    )
    arm_joints: list[str] | None = pydantic.Field(
        Derived, min_length=1, description="What the policy moves, from the base to the tool"
    )
    gripper_joints: list[str] | None = pydantic.Field(
        Derived, description="What opens and closes the gripper"
    )
    gripper_closed: list[float] | None = pydantic.Field(
        Derived, description="Their positions, rad or m, where the gripper is closed"
    )
    gripper_open: list[float] | None = pydantic.Field(
        Derived, description="Their positions, rad or m, where it is open"
    )
    followers: dict[str, float] | None = pydantic.Field(
        Derived,
        description="Joints that constraints move with the gripper's: their positions where it is "
        "open, rad or m",
    )
    tool_frame: str | None = pydantic.Field(
        Derived, description="The site or body that is to reach the target"
    )
    tool_site: ToolSite | NoneOf | None = pydantic.Field(
        Derived, description="Where the tool frame is, if the file has none of this name"
    )
    base_frame: str | None = pydantic.Field(
        Derived, description="The frame that all positions are given in: the arm's base, z up"
    )
    home: list[float] | None = pydantic.Field(
        Derived, description="Where the arm starts, rad, in the order of arm_joints"
    )
    velocity_limits: dict[str, Positive] | None = pydantic.Field(
        Derived, description="Fastest that a policy may ask for, by joint, rad/s or m/s"
    )
    acceleration_limits: dict[str, Positive] | None = pydantic.Field(
        Derived, description="By joint, rad/s² or m/s²"
    )
    position_limits: dict[str, tuple[float, float]] | None = pydantic.Field(
        Derived, description="Narrower limits than the file's, by joint, rad or m"
    )
    rotor_inertia: dict[str, NotNegative] | None = pydantic.Field(
        Derived, description="Inertia of the motor's rotor seen at the joint, by joint, kg m²"
    )
    joint_damping: dict[str, NotNegative] | None = pydantic.Field(
        Derived, description="Damping of the drive, by joint, N·m·s/rad or N·s/m"
    )
    timestep: float | None = pydantic.Field(
        Derived, gt=0, description="Of the simulation, s; it divides 0.05 s"
    )
    exact: bool = pydantic.Field(
        False, description="Keep the file's timestep, solver options and collisions as they are"
    )
    floor: float | NoneOf | None = pydantic.Field(
        Derived, description="Height of the floor or table top under the arm, base frame, m"
    )
    boxes: dict[str, Box] = pydantic.Field(
        default_factory=dict, description="Boxes that stand around, by name"
    )
    objects: dict[str, ObjectSpec] = pydantic.Field(
        default_factory=dict, description="Free objects, by name"
    )
    workspace: Workspace | None = pydantic.Field(
        Derived, description="The box in which targets are drawn, base frame, m"
    )
    tool_floor: float | NoneOf | None = pydantic.Field(
        Derived, description="Lowest height at which the tool may come to rest, base frame, m"
    )
    target_radius: float | None = pydantic.Field(
        Derived, gt=0, description="Radius of the ball that shows the target, m"
    )
    scene_cameras: dict[str, CameraPose] | None = pydantic.Field(
        Derived, description="Cameras that the scene adds, by name"
    )
    cameras: list[str] | None = pydantic.Field(
        Derived, description="Cameras to publish: the scene's, then the robot's own"
    )
    target_joints: list[str] | None = pydantic.Field(
        None,
        description="Files made for earlier versions: slides of the target in the file, which the "
        "scene removes, as it has a target of its own",
    )

    @property
    def box(self) -> Workspace:
        """The workspace of complete settings."""
        assert self.workspace is not None, "the settings are not complete"
        return self.workspace

    @property
    def command_joints(self) -> list[str]:
        """The joints that a command moves: the arm's, then the gripper's."""
        return [*(self.arm_joints or ()), *(self.gripper_joints or ())]


def read_scene_settings(path: Path) -> SceneSettings:
    """Returns the content of a scene YAML; an absent file has none.

    Raises:
        UserError: If the YAML is wrong.
    """
    if not path.is_file():
        return SceneSettings()
    return build(SceneSettings, read_yaml(path), str(path))


def scene_file(model_path: Path, scene: str) -> Path:
    """Returns the scene YAML that a user names, else that of the model's name beside it.

    Raises:
        UserError: If the named file does not exist.
    """
    if not scene:
        return model_path.with_suffix(".yaml")
    path = Path(scene).resolve()
    if not path.is_file():
        raise UserError(f"There is no scene file {path}.")
    return path
