"""States of arms, of which a test says only what it is about."""

from typing import Any

import numpy as np

from arm_sim.common.arrays import Floats
from arm_sim.robot.robot import Robot
from arm_trainer.backends.backend import BatchState
from arm_trainer.tasks.start import Start
from arm_trainer.tasks.task import TaskState


def with_arm(robot: Robot, arm: Floats) -> Floats:
    """(N, J) joint positions with those of the arm (N, A), and all other joints at home."""
    positions = np.tile(robot.home, (len(arm), 1))
    positions[:, robot.arm] = arm
    return positions


def resting(robot: Robot, positions: Floats) -> BatchState:
    """One arm at rest at joint positions (J,), its objects at home."""
    home = BatchState.at_home(robot, 1)
    home.positions[0] = positions
    return home


def start_at(robot: Robot, positions: Floats) -> Start:
    """Start states at (k, J) joint positions, the goals and objects at home."""
    goals, objects = (
        np.tile(home, (len(positions), *[1] * home.ndim))
        for home in (robot.goal_home, robot.object_home)
    )
    return Start(positions, goals, objects)


def task_state(robot: Robot, positions: Floats, **given: Any) -> TaskState:
    """N arms at rest at (N, J) joint positions; other fields are 0 or at home unless given."""
    home = BatchState.at_home(robot, len(positions))
    fields = {
        "velocities": home.velocities,
        "tool": np.zeros((len(positions), 3)),
        "tool_rotation": np.tile(np.eye(3), (len(positions), 1, 1)),
        "goal": np.zeros((len(positions), 3)),
        "joint_targets": positions[:, robot.arm],
        "gripper_target": np.ones(len(positions)),
        "objects": home.objects,
        "object_velocities": home.object_velocities,
    }
    return TaskState(positions, **(fields | given))
