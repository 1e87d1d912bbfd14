"""Simulation: steps N arms of one robot, as arrays, with MuJoCo.

MuJoCo's `Batch` computes the physics, bit-identical at any number of threads. Nothing here is
random.
"""

from contextlib import nullcontext
from itertools import pairwise

import mujoco
import numpy as np
from mujoco.batch import Batch, SimulationError
from numpy.typing import NDArray

from arm_sim.common.arrays import Floats, Ints
from arm_sim.common.cpu_affinity import worker_threads_off_main_core
from arm_sim.common.errors import UserError
from arm_sim.robot.model import copy_model
from arm_sim.robot.robot import Robot
from arm_sim.simulation.divergence import Divergence, StateHistory, diverged_arms
from arm_sim.simulation.object_states import ObjectStates
from arm_sim.simulation.servo_commands import ServoCommands

# Parts of a control period in each of which the position targets move on, with objects.
RAMP_PARTS = 5


class Simulation:
    """N arms in N separate worlds, which all advance by the same time.

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
        goals: (N, 3) positions of the goal, which the scene shows, m; a live view.
        objects: Poses and velocities of the free objects.
        reset_counts: (N,) how often joints, objects or the goal of each arm were placed; a live
            view.
    """

    def __init__(
        self, robot: Robot, num_arms: int = 1, control_period: float = 0.05, threads: int = 0
    ) -> None:
        """Starts every arm at home.

        With `threads` 0, the CPU affinity of the calling thread is changed for a moment while
        MuJoCo's threads start, see `worker_threads_off_main_core`.

        Args:
            robot: The robot.
            num_arms: Number of arms, at least 1.
            control_period: Seconds per `step`; a multiple of the model's timestep.
            threads: Number of threads that step the arms; 0 for one per core.

        Raises:
            UserError: If an argument is out of range.
        """
        if num_arms < 1:
            raise UserError(f"num_arms is {num_arms}; it must be at least 1.")
        if threads < 0:
            raise UserError(f"threads is {threads}; it must be 0 (one per core) or more.")
        model = copy_model(robot.model)
        self.substep_ns = round(model.opt.timestep * 1e9)
        period_ns = round(control_period * 1e9) if np.isfinite(control_period) else 0
        if period_ns <= 0 or period_ns % self.substep_ns:
            raise UserError(
                f"The control period is {control_period} s; it must be a multiple of the model's "
                f"timestep, {model.opt.timestep} s."
            )
        # By default MuJoCo resets a diverged arm itself and only prints a warning.
        model.opt.disableflags |= int(mujoco.mjtDisableBit.mjDSBL_AUTORESET)
        self.robot = robot
        self.num_arms = num_arms
        self.control_period = control_period
        self.time_ns = 0
        self.period_ns = period_ns
        self._period_substeps = period_ns // self.substep_ns
        with nullcontext() if threads else worker_threads_off_main_core():
            self.batch = Batch(model, num_arms, min(threads, num_arms))
        joints = len(robot.home)
        self._configurations = self.batch.bind("qpos")
        self._all_velocities = self.batch.bind("qvel")
        self.positions = self._configurations[:, :joints]
        self.velocities = self._all_velocities[:, :joints]
        self.efforts = self.batch.bind("qfrc_actuator")[:, :joints]
        self.goals: Floats = self.batch.bind("mocap_pos").reshape(num_arms, -1)
        self.objects = ObjectStates(self.batch, robot)
        self.reset_counts: Ints = np.zeros(num_arms, np.int64)
        self._warmstart = self.batch.bind("qacc_warmstart")
        self._commands = ServoCommands(self.batch, model, robot.servos)
        self._history = StateHistory()
        self.goals[:] = robot.goal_home
        self._reset_to_home(np.arange(num_arms))

    @property
    def drawn(self) -> Floats:
        """(N, D) all that images show, in the form that `OffscreenRenderer.draw` takes; a copy."""
        return np.concatenate([self._configurations, self.goals], axis=1)

    @property
    def commands(self) -> Floats:
        """(N, C) present position targets, in the order of `robot.command_joints`."""
        return self._commands.targets.copy()

    def place(self, mask: NDArray[np.bool_], positions: Floats, velocities: Floats) -> None:
        """Sets the states of some joints at once, without physics; no time passes.

        The position target of a joint with a servo becomes its new position, and the servo's
        activation is what it is when the joint rests there.

        Args:
            mask: (N, J) which joints to set.
            positions: (N, J) new positions, rad or m; read where `mask` is set.
            velocities: (N, J) new velocities, rad/s or m/s; read where `mask` is set.
        """
        np.copyto(self.positions, positions, where=mask)
        np.copyto(self.velocities, velocities, where=mask)
        commanded = self.robot.command_indices
        self._commands.place(mask[:, commanded], positions[:, commanded])
        self._forget(np.asarray(mask.any(axis=1)))

    def place_arms(self, arms: Ints, positions: Floats) -> None:
        """Sets all joints of arms (k,) to positions (k, J), at rest; see `place`."""
        mask = np.zeros(self.positions.shape, bool)
        mask[arms] = True
        wanted = np.zeros(mask.shape)
        wanted[arms] = positions
        self.place(mask, wanted, np.zeros(mask.shape))

    def place_objects(self, mask: NDArray[np.bool_], poses: Floats, velocities: Floats) -> None:
        """Sets the states of some objects at once, without physics; no time passes.

        Args:
            mask: (N, M) which objects to set.
            poses: (N, M, 7) position, m, and quaternion x, y, z, w; read where `mask` is set.
            velocities: (N, M, 6) linear and angular, base frame; read where `mask` is set.
        """
        self.objects.place(mask, poses, velocities)
        self._forget(np.asarray(mask.any(axis=1)))

    def place_goals(self, mask: NDArray[np.bool_], goals: Floats) -> None:
        """Shows the goals of the arms in a mask (N,) at positions (N, 3), m."""
        self.goals[mask] = goals[mask]
        self.reset_counts[mask] += 1

    def _forget(self, placed: NDArray[np.bool_]) -> None:
        """Begins anew for arms (N,) that were placed.

        The solver starts from its last solution, so equal states would not evolve equally.
        """
        self._warmstart[placed] = 0.0
        self.reset_counts[placed] += 1

    def skip_period(self) -> None:
        """Advances the time by one control period without physics.

        A state after `place` then has a stamp of its own.
        """
        self.time_ns += self.period_ns

    def step(self, commands: Floats) -> list[Divergence]:
        """Sets position targets (N, C) and advances every arm by one control period.

        Where there are objects, the targets move evenly over the period instead of all at once: a
        stiff arm that jerks loses what it holds.

        Returns:
            The arms that diverged, which have been reset to home; nearly always empty.
        """
        if not self.robot.objects:
            self.set_commands(commands)
            return self.advance(self._period_substeps)
        before, wanted = self.commands, commands.copy()
        diverged = []
        parts = min(RAMP_PARTS, self._period_substeps)
        ends = np.linspace(0, self._period_substeps, parts + 1).round().astype(int)
        for begin, end in pairwise(ends.tolist()):
            share = end / self._period_substeps
            self.set_commands((1.0 - share) * before + share * wanted)
            for found in self.advance(end - begin):
                diverged.append(found)
                # At home, where it is now, it stays for the rest of the period.
                before[found.arm] = wanted[found.arm] = self.commands[found.arm]
        return diverged

    def set_commands(self, commands: Floats) -> None:
        """Sets position targets (N, C), rad or m, in the order of `robot.command_joints`."""
        self._commands.set(commands)

    def advance(self, substeps: int) -> list[Divergence]:
        """Advances every arm by `substeps` timesteps of the model; returns as `step` does."""
        failed: Ints = np.zeros(0, np.int64)
        try:
            self.batch.step(nstep=substeps)
        except SimulationError as error:
            failed = error.ids
        self.time_ns += substeps * self.substep_ns
        self._history.append(self.positions.copy(), self.velocities.copy(), self.commands)
        diverged = diverged_arms(self._configurations, self._all_velocities)
        if not len(diverged) and not len(failed):
            return []
        diverged = np.union1d(diverged, failed)
        found = [self._history.divergence(int(arm), self.time_ns) for arm in diverged]
        self._reset_to_home(diverged)
        return found

    def _reset_to_home(self, arms: Ints) -> None:
        robot = self.robot
        goals = self.goals.copy()
        self.batch.reset(arms, stage=mujoco.mjtStage.mjSTAGE_NONE.value)
        self.goals[:] = goals
        self.positions[arms] = robot.home
        mask = np.zeros(self._commands.targets.shape, bool)
        mask[arms] = True
        self._commands.place(mask, np.broadcast_to(robot.home[robot.command_indices], mask.shape))
