"""A walk of 16 arms, and the states that it leads to."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from arm_sim.robot.robot import Robot
from arm_sim.simulation.simulation import Simulation

ARMS = 16

Run = Callable[[Simulation, np.ndarray], np.ndarray]


@pytest.fixture(autouse=True)
def elsewhere(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Changes to an empty folder, as MuJoCo writes its warnings to the working directory."""
    monkeypatch.chdir(tmp_path)


@pytest.fixture(scope="session")
def walk(robot: Robot) -> np.ndarray:
    """(T, N, C) position targets that wander about home; the first arm leans on the table."""
    rng = np.random.default_rng(0)
    joints = robot.command_indices
    steps = rng.uniform(-0.1, 0.1, (40, ARMS, len(joints)))
    steps[:, 0] = 0.0
    steps[:, 0, [1, 3]] = (0.05, -0.03)
    walked = robot.home[joints] + np.cumsum(steps, axis=0)
    return np.clip(walked, robot.lower[joints], robot.upper[joints])


@pytest.fixture(scope="session")
def run() -> Run:
    """Follows (T, N, C) commands; returns (T, N, 3·J) positions, velocities and efforts."""

    def follow(simulation: Simulation, commands: np.ndarray) -> np.ndarray:
        seen = []
        for targets in commands:
            assert simulation.step(targets) == []
            seen.append(
                np.concatenate([simulation.positions, simulation.velocities, simulation.efforts], 1)
            )
        return np.array(seen)

    return follow


@pytest.fixture(scope="session")
def expected(robot: Robot, walk: np.ndarray, run: Run) -> np.ndarray:
    """(T, N, 3·J) states of the walk, computed by one thread."""
    return run(Simulation(robot, ARMS, 0.05, threads=1), walk)
