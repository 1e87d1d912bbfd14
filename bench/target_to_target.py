"""Does a policy last? Arms go from target to target without a reset, as a deployed arm does.

    source scripts/activate.sh && python bench/target_to_target.py logs/fetch_arm/ppo_…

In-process, 20 arms, 100 unseen targets each, the next when all are there or time is up. What a
policy reaches in fresh episodes says little of this: one that is lost once may stay so.
"""

import argparse
from pathlib import Path

import numpy as np

from arm_sim.common.errors import UserError
from arm_sim.robot.kinematics import Kinematics
from arm_sim.robot.loader import load_robot
from arm_sim.simulation.simulation import Simulation
from arm_trainer.actions.shield import Shield
from arm_trainer.policies.bundle import Policy
from arm_trainer.policies.bundle_files import find_bundle
from arm_trainer.tasks.seeding import evaluation_generator

ARMS, TARGETS, PARTS = 20, 100, 5


def success(run: Path, model: str) -> np.ndarray:
    """(TARGETS,) part of the arms that reached and held each target."""
    robot = load_robot(model)
    policy = Policy(find_bundle(run))
    if policy.views is not None:
        raise UserError(f"{run} sees through cameras, which are not drawn here (valid: others).")
    interface = policy.interface_for(robot)
    limits = interface.task.config
    simulation = Simulation(robot, ARMS, interface.control_period)
    shield = Shield(robot, ARMS, interface.control_period)
    shield.start(np.arange(ARMS), simulation.positions[:, robot.arm].copy())
    kinematics = Kinematics(robot, ARMS)
    drawn = interface.task.starts(evaluation_generator(1))
    targets = np.zeros(simulation.positions.shape, bool)
    targets[:, robot.target] = True
    reached = np.zeros(TARGETS)
    for number in range(TARGETS):
        wanted = np.stack([next(drawn) for _ in range(ARMS)])
        simulation.place(targets, wanted, np.zeros(wanted.shape))
        held, done = np.zeros(ARMS, int), np.zeros(ARMS, bool)
        for _ in range(limits.max_periods):
            positions, velocities = simulation.positions, simulation.velocities
            tool = kinematics.tool_positions(positions)
            distance = interface.distance(positions, tool)
            held = np.where(distance < limits.tolerance, held + 1, 0)
            done |= held >= limits.hold_periods
            if done.all():
                break
            actions = policy.act(interface.observe(positions, velocities, tool, shield.targets))
            commands = shield.next_targets(actions, positions[:, robot.arm].copy())
            gripper = robot.gripper_command(interface.gripper_openings(distance))
            simulation.step(np.concatenate([commands, gripper], axis=1))
        reached[number] = done.mean()
    return reached


def main() -> None:
    """Runs the benchmark."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("runs", type=Path, nargs="+", help="run folders or policy bundles")
    parser.add_argument("--model", default="fetch_arm")
    try:
        print_table(parser.parse_args())
    except UserError as error:
        parser.exit(2, f"{parser.prog}: {error}\n")


def print_table(given: argparse.Namespace) -> None:
    """Prints a row for each run.

    Raises:
        UserError: If one is no policy, or one for another robot or through cameras.
    """
    size = TARGETS // PARTS
    spans = " | ".join(f"{i * size + 1}–{(i + 1) * size}" for i in range(PARTS))
    print(f"| targets | {spans} | all |")
    print("| --- |" + " --- |" * (PARTS + 1))
    for run in given.runs:
        reached = success(run, given.model)
        parts = " | ".join(f"{part:.1%}" for part in reached.reshape(PARTS, size).mean(axis=1))
        print(f"| {run.name} | {parts} | {reached.mean():.1%} |")


if __name__ == "__main__":
    main()
