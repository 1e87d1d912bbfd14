"""SimConfig: every setting of a simulator, without ROS.

`ros/sim_parameters.py` turns it into the parameters of `sim_node` and back: the width in its group
`image` is the parameter `image_width`.
"""

import dataclasses
from collections.abc import Mapping
from typing import Any, Literal

import pydantic

from arm_sim.common.config import build, settings
from arm_sim.common.errors import UserError
from arm_sim.robot.appearance_config import Appearance
from arm_sim.robot.robot import Robot


def _latency(meaning: str) -> Any:
    return pydantic.Field(
        0.0, ge=0.0, le=1.0, description=f"Real time: {meaning}, in simulated seconds"
    )


@settings
class CommandConfig:
    """How commands apply in real time."""

    timeout: float = pydantic.Field(
        0.5,
        ge=0.0,
        le=3600.0,
        description="Real time: simulated seconds without a command until the arm holds still",
    )
    delay: float = _latency("time from a command's arrival until it applies")
    jitter: float = _latency("largest additional, random delay of a command")


@settings
class ObservationConfig:
    """How late states and images are published in real time."""

    delay: float = _latency("time from a state to its publication")
    jitter: float = _latency("largest additional, random delay of a state")


@settings
class ImageConfig:
    """Size and quality of the images."""

    width: int = pydantic.Field(320, ge=8, le=4096, description="Image width, px")
    height: int = pydantic.Field(240, ge=8, le=4096, description="Image height of one arm, px")
    quality: Literal["fast", "high"] = pydantic.Field(
        "fast", description="Rendering preset: 'fast' for training, 'high' for people"
    )


@settings
class SimConfig:
    """Settings of one simulator; the descriptions say meaning and unit of each.

    Example:
        `SimConfig().replace(num_arms=16, cameras="none", image={"quality": "high"})`
    """

    model: str = pydantic.Field(
        "fetch_arm", description="Built-in robot's name, or path to an MJCF or URDF file"
    )
    scene: str = pydantic.Field(
        "", description="Path to a scene YAML; by default the file of the model's name beside it"
    )
    scene_changes: str = pydantic.Field(
        "",
        description="What a task changes in the scene: text in YAML, or path to a YAML file; "
        "scene_changes.yaml in a run folder has it",
    )
    mode: Literal["realtime", "lockstep"] = pydantic.Field(
        "realtime",
        description="'realtime': time follows the wall clock; 'lockstep': only messages move time",
    )
    num_arms: int = pydantic.Field(
        1,
        ge=1,
        le=4096,
        description="Number of arms; above 1, joint names are prefixed 'arm_0/' and so on",
    )
    control_rate: float = pydantic.Field(
        20.0,
        ge=1.0,
        le=1000.0,
        description="Control periods per simulated second, Hz: in lockstep a command lasts one; "
        "with objects, the position targets move to a command's within one",
    )
    realtime_factor: float = pydantic.Field(
        1.0, ge=0.01, le=100.0, description="Real time: simulated seconds per second"
    )
    state_rate: float = pydantic.Field(
        100.0, ge=1.0, le=1000.0, description="Real time: joint states per simulated second, Hz"
    )
    command: CommandConfig = CommandConfig()
    observation: ObservationConfig = ObservationConfig()
    cameras: str = pydantic.Field(
        "all", description="Cameras to publish: 'all', 'none', or names joined by commas"
    )
    camera_rate: float = pydantic.Field(
        10.0, ge=0.1, le=1000.0, description="Real time: images per simulated second and camera, Hz"
    )
    image: ImageConfig = ImageConfig()
    threads: int = pydantic.Field(
        0,
        ge=0,
        le=256,
        description="Number of physics threads, and largest number of rendering processes; 0 for "
        "one on each core",
    )
    web_port: int = pydantic.Field(
        0,
        ge=0,
        le=65535,
        description="Port on this machine for the live view of the first arm in a browser; 0 for "
        "none",
    )
    appearance: Appearance = Appearance()

    @pydantic.model_validator(mode="after")
    def _no_latency_in_lockstep(self) -> "SimConfig":
        latencies = {
            "observation_delay": self.observation.delay,
            "observation_jitter": self.observation.jitter,
            "command_delay": self.command.delay,
            "command_jitter": self.command.jitter,
        }
        if self.mode == "lockstep" and any(latencies.values()):
            raise ValueError(
                f"{', '.join(latencies)} must be 0 in lockstep, where messages move time: "
                "there, 'evaluate --latency' simulates latency"
            )
        return self

    def replace(self, **changes: Any) -> "SimConfig":
        """Returns these settings with some of them changed.

        Args:
            changes: New values by name. A mapping changes the settings of a group that it names,
                and keeps the others of that group.

        Raises:
            UserError: If a name is unknown, a value out of range, or values contradict each other.
        """
        values = dict(vars(self))
        for name, change in changes.items():
            merge = isinstance(change, Mapping) and dataclasses.is_dataclass(values.get(name))
            values[name] = {**vars(values[name]), **change} if merge else change
        return build(SimConfig, values, "Simulator")

    @property
    def control_period(self) -> float:
        """Seconds of simulated time that one lockstep command lasts."""
        return 1.0 / self.control_rate

    def camera_names(self, robot: Robot) -> tuple[str, ...]:
        """Returns the names of the cameras to publish, in the order in which they are given.

        Raises:
            UserError: If the robot has no such camera.
        """
        if self.cameras == "all":
            return robot.cameras
        if self.cameras == "none":
            return ()
        names = tuple(name.strip() for name in self.cameras.split(","))
        if unknown := [name for name in names if name not in robot.cameras]:
            raise UserError(
                f"Unknown cameras {', '.join(unknown)} "
                f"(valid: all, none, {', '.join(robot.cameras)})."
            )
        return names
