"""Tells which points are out of an arm's reach."""

import functools

import numpy as np

from arm_sim.common.arrays import Floats
from arm_sim.robot.kinematics import Kinematics
from arm_sim.robot.robot import Robot
from arm_trainer.task_checks.subject import Subject

_CHUNK, _CHUNKS = 1000, 8
# Farther from every sampled tool position than this share of the reach is out of reach.
_GAP = 0.15


def out_of_reach(subject: Subject, points: Floats) -> Floats:
    """Returns (k,) whether points (k, 3) are far from all positions of the tool."""
    tools = _samples(subject.robot)
    gap = _GAP * np.linalg.norm(tools, axis=1).max()
    return np.array([np.linalg.norm(tools - point, axis=1).min() > gap for point in points])


@functools.cache
def _samples(robot: Robot) -> Floats:
    """Returns (K, 3) tool positions, m, all over what the arm reaches, above its tool floor."""
    random, arm = np.random.default_rng(0), robot.arm
    lower = np.where(np.isfinite(robot.lower), robot.lower, -np.pi)[arm]
    upper = np.where(np.isfinite(robot.upper), robot.upper, np.pi)[arm]
    kinematics, positions = Kinematics(robot, _CHUNK), np.tile(robot.home, (_CHUNK, 1))
    found = []
    for _ in range(_CHUNKS):
        positions[:, arm] = random.uniform(lower, upper, (_CHUNK, len(arm)))
        found.append(kinematics.tool_positions(positions))
    tools = np.concatenate(found)
    return tools[tools[:, 2] > robot.tool_floor]
