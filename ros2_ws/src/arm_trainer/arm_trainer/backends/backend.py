"""The interface of a backend: what moves the arms of an environment, and what it returns."""

from dataclasses import dataclass
from typing import Protocol

from arm_sim.common.arrays import Floats, Ints
from arm_sim.robot.robot import Robot
from arm_trainer.backends.camera_views import Frames


class SimulatorLost(RuntimeError):
    """The simulator is missing, died, was restarted, or is not the one that was expected."""


@dataclass(frozen=True)
class BatchState:
    """Measured state of all arms at one time.

    Attributes:
        stamp_ns: Simulation time, ns.
        positions: (N, J) joint positions, rad or m.
        velocities: (N, J) joint velocities.
        images: (N, K, H, W, 3) images of the K cameras at that time, RGB; None without cameras.
    """

    stamp_ns: int
    positions: Floats
    velocities: Floats
    images: Frames | None = None


class Backend(Protocol):
    """N arms that advance by one control period at a time.

    Attributes:
        robot: The robot, the same for all arms.
        num_arms: N.
        control_period: Seconds that a command advances.
    """

    robot: Robot
    num_arms: int
    control_period: float

    def reset(self, arms: Ints, positions: Floats) -> BatchState:
        """Places arms (k,) at joint positions (k, J), at rest; the others hold still.

        Returns:
            The state that was really reached; a backend that can't place an arm anywhere returns
            where the arm is.
        """
        ...

    def move_goals(self, arms: Ints, goals: Floats) -> BatchState:
        """Places the goals of arms (k,) at `Robot.target` positions (k, 3); no arm is disturbed.

        Positions, velocities and position targets of all other joints stay as they are.
        """
        ...

    def step(self, commands: Floats) -> BatchState:
        """Advances one control period under position targets (N, C) of `Robot.command_joints`."""
        ...

    def close(self) -> None:
        """Frees everything; may be called twice."""
        ...
