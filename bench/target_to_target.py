"""Success of a policy that goes from target to target without a reset, as a deployed arm does.

    source scripts/activate.sh && python bench/target_to_target.py logs/fetch_arm/ppo_…

In-process, 20 arms, 100 unseen targets each. The next targets come when all arms have succeeded, or
when the time of an episode is over. Success in fresh episodes predicts this badly: a policy that
fails once may fail at every later target.
"""

import argparse
from pathlib import Path

import numpy as np
from common import MODEL, print_header, print_row

from arm_sim.common.arrays import Floats
from arm_sim.common.errors import UserError
from arm_sim.robot.kinematics import Kinematics
from arm_sim.robot.loader import load_robot
from arm_sim.simulation.simulation import Simulation
from arm_trainer.actions.shield import Shield
from arm_trainer.envs.policy_interface import PolicyInterface
from arm_trainer.policies.bundle import Policy
from arm_trainer.policies.bundle_files import find_bundle
from arm_trainer.tasks.hold_counter import HoldCounter
from arm_trainer.tasks.seeding import evaluation_generator
from arm_trainer.tasks.task import TaskState

ARMS, TARGETS, COLUMNS = 20, 100, 5


class ContinuingArms:
    """Arms that a policy moves and that are never reset: position targets carry on as well."""

    def __init__(self, policy: Policy, interface: PolicyInterface) -> None:
        """Starts all arms at home."""
        robot, period = interface.robot, interface.control_period
        self._policy, self._interface = policy, interface
        self._simulation = Simulation(robot, ARMS, period)
        self._kinematics = Kinematics(robot, ARMS)
        self._shield = Shield(robot, ARMS, period)
        self._shield.start(np.arange(ARMS), self._simulation.positions[:, robot.arm].copy())

    def go_to(self, goals: Floats) -> np.ndarray:
        """Moves the targets to `goals`, (N, J) joint positions, and returns (N,) success."""
        task, positions = self._interface.task, self._simulation.positions
        target_joints = np.zeros(positions.shape, bool)
        target_joints[:, self._interface.robot.target] = True
        self._simulation.place(target_joints, goals, np.zeros(goals.shape))
        hold = HoldCounter(task.config.hold_periods, ARMS)
        success = np.zeros(ARMS, bool)
        for _ in range(task.config.max_periods):
            state = self._state()
            success |= hold.update(task.achieved(state))
            if success.all():
                break
            self._act(state)
        return success

    def _state(self) -> TaskState:
        positions, velocities = self._simulation.positions, self._simulation.velocities
        tool = self._kinematics.tool_positions(positions)
        return self._interface.state(positions, velocities, tool, self._shield.targets)

    def _act(self, state: TaskState) -> None:
        interface, robot = self._interface, self._interface.robot
        actions = self._policy.act(interface.observation(state))
        steps = interface.action.joint_steps(actions, state.positions)
        targets = self._shield.next_targets(steps, state.positions[:, robot.arm].copy())
        gripper = robot.gripper_command(interface.task.gripper_opening(state))
        self._simulation.step(np.concatenate([targets, gripper], axis=1))


def success_rates(run: Path, model: str) -> np.ndarray:
    """Returns (TARGETS,) share of the arms that reached and held each target.

    Raises:
        UserError: If `run` is no policy, or one for another robot or with cameras.
    """
    policy = Policy(find_bundle(run))
    if policy.views is not None:
        raise UserError(f"{run} needs camera images (valid here: policies without cameras).")
    interface = policy.interface_for(load_robot(model))
    arms = ContinuingArms(policy, interface)
    goals = interface.task.starts(evaluation_generator(1))
    return np.array(
        [arms.go_to(np.stack([next(goals) for _ in range(ARMS)])).mean() for _ in range(TARGETS)]
    )


def print_table(runs: list[Path], model: str) -> None:
    """Prints a row for each run; raises as `success_rates`."""
    size = TARGETS // COLUMNS
    spans = (f"{first + 1}–{first + size}" for first in range(0, TARGETS, size))
    print_header("targets", *spans, "all")
    for run in runs:
        rates = success_rates(run, model)
        parts = (f"{rate:.1%}" for rate in rates.reshape(COLUMNS, size).mean(axis=1))
        print_row([run.name, *parts, f"{rates.mean():.1%}"])


def main() -> None:
    """Runs the benchmark."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("runs", type=Path, nargs="+", help="run folders or policy bundles")
    parser.add_argument("--model", default=MODEL)
    options = parser.parse_args()
    try:
        print_table(options.runs, options.model)
    except UserError as error:
        parser.exit(2, f"{parser.prog}: {error}\n")


if __name__ == "__main__":
    main()
