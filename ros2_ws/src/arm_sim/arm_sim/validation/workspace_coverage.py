"""Checks how much of the workspace the tool reaches from arm positions around home."""

import numpy as np

from arm_sim.common.arrays import Floats
from arm_sim.robot.kinematics import Kinematics
from arm_sim.robot.robot import Robot
from arm_sim.scene.free_postures import FreePostures
from arm_sim.validation.findings import Findings, error, fine, warning

# Training draws targets from the tool positions of arm positions so near home, rad or m.
TARGET_SPREAD = 0.9
_SAMPLES, _CHUNK = 8_000, 1_000
_CELLS = 4  # The workspace is divided into so many cells along each side.
_LEAST_SHARE, _LEAST_COVERAGE = 0.02, 0.5


def check_workspace_coverage(robot: Robot) -> Findings:
    """Checks that the tool's positions spread over the workspace."""
    tools = _tool_positions_around_home(robot)
    if not len(tools):
        yield error(
            f"No arm position within {TARGET_SPREAD} rad of home is free of contact: move home, "
            "the floor or the boxes in a scene YAML."
        )
        return
    lower, upper = robot.workspace
    inside = tools[((tools > lower) & (tools < upper)).all(axis=1)]
    share = len(inside) / len(tools)
    cells = {tuple(cell) for cell in ((inside - lower) / (upper - lower) * _CELLS).astype(int)}
    coverage = len(cells) / _CELLS**3
    text = (
        f"{share:.0%} of the arm positions within {TARGET_SPREAD} rad of home put the tool into "
        f"the workspace, and they fill {coverage:.0%} of it."
    )
    usual = np.percentile(tools, (10, 90), axis=0).round(2).tolist()
    hint = f" Mostly the tool is between {usual[0]} and {usual[1]}."
    if not len(inside):
        yield error(
            f"No arm position within {TARGET_SPREAD} rad of home puts the tool into the "
            f"workspace.{hint}"
        )
    elif share < _LEAST_SHARE or coverage < _LEAST_COVERAGE:
        yield warning(f"{text} Move home or the workspace.{hint}")
    else:
        yield fine(text)


def _tool_positions_around_home(robot: Robot) -> Floats:
    """(K, 3) tool positions, m, of arm positions around home that are free of contact."""
    home, arm = robot.home[robot.arm], robot.arm
    offsets = np.random.default_rng(0).uniform(
        -TARGET_SPREAD, TARGET_SPREAD, (_SAMPLES // _CHUNK, _CHUNK, len(arm))
    )
    kinematics, postures = Kinematics(robot, _CHUNK), FreePostures(robot)
    chunks = []
    for offset in offsets:
        positions = np.tile(robot.home, (_CHUNK, 1))
        positions[:, arm] = np.clip(home + offset, robot.lower[arm], robot.upper[arm])
        chunks.append(kinematics.tool_positions(positions)[postures.free(positions)])
    return np.concatenate(chunks)
