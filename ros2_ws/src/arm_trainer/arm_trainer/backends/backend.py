"""The interface of a backend: what moves the arms of an environment, and what it returns."""

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from arm_sim.common.arrays import Floats, Ints
from arm_sim.robot.robot import Robot
from arm_trainer.backends.camera_views import Frames
from arm_trainer.tasks.start import Start


class SimulatorLost(RuntimeError):
    """The simulator is missing, died, was restarted, or is not the one that was expected."""


@dataclass(frozen=True)
class BatchState:
    """Measured state of all arms at one time.

    Attributes:
        stamp_ns: Simulation time, ns.
        positions: (N, J) joint positions, rad or m.
        velocities: (N, J) joint velocities.
        objects: (N, M, 7) positions, m, and quaternions x, y, z, w of the objects.
        object_velocities: (N, M, 6) their linear and angular velocities in the base frame.
        images: (N, K, H, W, 3) images of the K cameras at that time, RGB; None without cameras.
    """

    stamp_ns: int
    positions: Floats
    velocities: Floats
    objects: Floats
    object_velocities: Floats
    images: Frames | None = None

    @classmethod
    def at_home(cls, robot: Robot, num_arms: int) -> "BatchState":
        """Returns the state of N arms at rest, with everything at home."""
        positions = np.tile(robot.home, (num_arms, 1))
        objects = np.tile(robot.object_home, (num_arms, 1, 1))
        at_rest = np.zeros((*objects.shape[:2], 6))
        return cls(0, positions, np.zeros(positions.shape), objects, at_rest)


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

    def reset(self, arms: Ints, starts: Start) -> BatchState:
        """Places arms (k,), their objects and goals at k start states, at rest.

        The other arms hold still.

        Returns:
            The state that was really reached; a backend that can't place an arm anywhere returns
            where the arm is.
        """
        ...

    def move_goals(self, arms: Ints, goals: Floats, objects: Floats | None = None) -> BatchState:
        """Places the goals of arms (k,) at positions (k, 3), m; nothing else is disturbed.

        With poses (k, M, 7), their objects are placed too, at rest.
        """
        ...

    def step(self, commands: Floats) -> BatchState:
        """Advances one control period under position targets (N, C) of `Robot.command_joints`."""
        ...

    def close(self) -> None:
        """Frees everything; may be called twice."""
        ...
