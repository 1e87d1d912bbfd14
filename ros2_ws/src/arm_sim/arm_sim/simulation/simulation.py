"""Simulation: N arms of one robot as arrays; place joints, step, and survive a diverging state.

MuJoCo's `Batch` does the physics, bit-identical at any number of threads. There is no randomness
and no ROS here: who places the joints decides where they start.
"""

from collections import deque
from contextlib import nullcontext
from dataclasses import dataclass

import mujoco
import numpy as np
from mujoco.batch import Batch, SimulationError
from numpy.typing import NDArray

from arm_sim.common.cpu_affinity import workers_off_own_core
from arm_sim.common.errors import UserError
from arm_sim.robot.robot import Floats, Ints, Robot, copy_model

# MuJoCo's own bound on what it calls a bad state (mjMAXVAL).
_LARGEST_STATE = 1e10
_HISTORY_STEPS = 20


@dataclass(frozen=True)
class Divergence:
    """One arm's state stopped being finite.

    Attributes:
        arm: Which arm.
        time_ns: Simulation time at which it was caught, ns.
        positions: (K, J) the arm's joint positions after its last K steps, the bad one last.
        velocities: (K, J) likewise.
        commands: (K, C) the position targets that it followed in them.
    """

    arm: int
    time_ns: int
    positions: Floats
    velocities: Floats
    commands: Floats


class Simulation:
    """N arms in N separate worlds.

    Attributes:
        robot: The robot.
        num_arms: N.
        control_period: Seconds that `step` advances.
        period_ns: The same in ns.
        substep_ns: The model's timestep, ns.
        time_ns: Simulation time in ns; it only grows, resets included.
        positions: (N, J) joint positions, rad or m; a live view.
        velocities: (N, J) joint velocities; a live view.
        efforts: (N, J) actuator efforts, N·m or N; a live view.
        reset_counts: (N,) how often joints of each arm were placed; a live view.
    """

    def __init__(
        self, robot: Robot, num_arms: int = 1, control_period: float = 0.05, threads: int = 0
    ) -> None:
        """Starts every arm at home.

        Args:
            robot: The robot.
            num_arms: Number of arms, at least 1.
            control_period: Seconds per `step`; a multiple of the model's timestep.
            threads: Threads that step the arms; 0 takes every core.

        Raises:
            UserError: If an argument is out of range.
        """
        if num_arms < 1:
            raise UserError(f"num_arms is {num_arms}; it must be at least 1.")
        if threads < 0:
            raise UserError(f"threads is {threads}; it must be 0 for every core, or more.")
        model = copy_model(robot.model)
        self.substep_ns = round(model.opt.timestep * 1e9)
        period_ns = round(control_period * 1e9) if np.isfinite(control_period) else 0
        if period_ns <= 0 or period_ns % self.substep_ns:
            raise UserError(
                f"The control period is {control_period} s; it must be a multiple of the model's "
                f"timestep, {model.opt.timestep} s."
            )
        # Without this MuJoCo would set a diverged arm back by itself, unnoticed.
        model.opt.disableflags |= int(mujoco.mjtDisableBit.mjDSBL_AUTORESET)
        self.robot = robot
        self.num_arms = num_arms
        self.control_period = control_period
        self.time_ns = 0
        self.period_ns = period_ns
        self._period_substeps = period_ns // self.substep_ns
        with nullcontext() if threads else workers_off_own_core():
            self.batch = Batch(model, num_arms, min(threads, num_arms))
        self.positions = self.batch.bind("qpos")
        self.velocities = self.batch.bind("qvel")
        self.efforts = self.batch.bind("qfrc_actuator")
        self.reset_counts: Ints = np.zeros(num_arms, np.int64)
        self._warmstart = self.batch.bind("qacc_warmstart")
        self._controls = self.batch.bind("ctrl")
        self._history: deque[tuple[Floats, Floats, Floats]] = deque(maxlen=_HISTORY_STEPS)
        self._to_home(np.arange(num_arms))

    @property
    def commands(self) -> Floats:
        """(N, C) position targets in force, in the order of `robot.command_joints`."""
        return self._controls[:, self.robot.actuators]

    def place(self, mask: NDArray[np.bool_], positions: Floats, velocities: Floats) -> None:
        """Teleports joints and leaves everything else as it is; no time passes.

        A joint that an actuator moves is also told to stay where it was put.

        Args:
            mask: (N, J) which joints.
            positions: (N, J) where to, rad or m; read where `mask` is set.
            velocities: (N, J) their velocities then.
        """
        np.copyto(self.positions, positions, where=mask)
        np.copyto(self.velocities, velocities, where=mask)
        commanded = self.robot.command_indices
        touched = mask[:, commanded]
        if touched.any():
            self._controls[:, self.robot.actuators] = np.where(
                touched, positions[:, commanded], self.commands
            )
        # The solver's warm start is history too: without it, equal states would not go on equally.
        placed = mask.any(axis=1)
        self._warmstart[placed] = 0.0
        self.reset_counts[placed] += 1

    def place_arms(self, arms: Ints, positions: Floats) -> None:
        """Teleports every joint of arms (k,) to (k, J), at rest; see `place`."""
        mask = np.zeros(self.positions.shape, bool)
        mask[arms] = True
        wanted = np.zeros(mask.shape)
        wanted[arms] = positions
        self.place(mask, wanted, np.zeros(mask.shape))

    def skip_period(self) -> None:
        """Moves time on by one control period and nothing else, to give a placing its stamp."""
        self.time_ns += self.period_ns

    def step(self, commands: Floats) -> list[Divergence]:
        """Sets position targets (N, C) and advances every arm by one control period.

        Returns:
            The arms that diverged, which are back at home by now; nearly always empty.
        """
        self.set_commands(commands)
        return self.advance(self._period_substeps)

    def set_commands(self, commands: Floats) -> None:
        """Sets the position targets, (N, C) in the order of `robot.command_joints`; rad or m."""
        self._controls[:, self.robot.actuators] = commands

    def advance(self, substeps: int) -> list[Divergence]:
        """Advances every arm by `substeps` model timesteps under the position targets in force."""
        failed: Ints = np.zeros(0, np.int64)
        try:
            self.batch.step(nstep=substeps)
        except SimulationError as error:
            failed = error.ids
        self.time_ns += substeps * self.substep_ns
        positions, velocities = self.positions.copy(), self.velocities.copy()
        self._history.append((positions, velocities, self._controls.copy()))
        # So small a sum of squares has no bad state in it. Written so that a NaN, which compares as
        # false, counts as bad.
        squares = np.vdot(positions, positions) + np.vdot(velocities, velocities)
        if squares < _LARGEST_STATE**2 and not len(failed):
            return []
        largest = np.maximum(np.abs(positions), np.abs(velocities))
        bad = np.union1d(np.flatnonzero(~(largest.max(axis=1) < _LARGEST_STATE)), failed)
        found = [
            Divergence(
                arm=int(arm),
                time_ns=self.time_ns,
                positions=np.stack([entry[0][arm] for entry in self._history]),
                velocities=np.stack([entry[1][arm] for entry in self._history]),
                commands=np.stack([entry[2][arm, self.robot.actuators] for entry in self._history]),
            )
            for arm in bad
        ]
        self._to_home(bad)
        return found

    def _to_home(self, arms: NDArray[np.int64]) -> None:
        robot = self.robot
        self.batch.reset(arms, stage=mujoco.mjtStage.mjSTAGE_NONE.value)
        self.positions[arms] = robot.home
        self._controls[np.ix_(arms, robot.actuators)] = robot.home[robot.command_indices]
