"""The robot YAML: which of a model's joints, frames and cameras are used, and for what."""

from pathlib import Path

import pydantic

from arm_sim.common.config import build, read_yaml, settings


@settings
class Workspace:
    """A box in the base frame, in metres, inside which targets are drawn."""

    lower: tuple[float, float, float]
    upper: tuple[float, float, float]


@settings
class RobotSettings:
    """The content of a robot YAML; docs/bring_your_own_arm.md explains each key."""

    arm_joints: list[str] = pydantic.Field(min_length=1)
    gripper_joints: list[str] = pydantic.Field(default_factory=list)
    target_joints: tuple[str, str, str]
    tool_frame: str
    base_frame: str
    home: list[float]
    cameras: list[str] = pydantic.Field(default_factory=list)
    workspace: Workspace
    tool_floor: float | None = pydantic.Field(
        None, description="Lowest height at which the tool may come to rest, m, in the base frame"
    )

    @property
    def command_joints(self) -> list[str]:
        """The joints that a command moves: the arm's, then the gripper's."""
        return [*self.arm_joints, *self.gripper_joints]


def read_robot_settings(path: Path) -> RobotSettings:
    """Returns the robot YAML of a model: the file of the same name with the suffix .yaml.

    Args:
        path: The MJCF file.

    Raises:
        UserError: If the YAML is missing or wrong.
    """
    yaml_path = path.with_suffix(".yaml")
    return build(RobotSettings, read_yaml(yaml_path), str(yaml_path))
