"""What does one control period of N arms cost over ROS, and where does the time go?

    source scripts/activate.sh && python bench/tick.py --arms 1,16,64

The round trip is that of one command out and one state back, physics included. The parts are
timed one by one in the same run, medians; "transport and waiting" is what the round trip takes
beyond physics and messages. The policy is PPO's with the packaged sizes, acting as in training; its
update is spread over the control periods of a rollout.
"""

import argparse
import time
from collections.abc import Callable

import numpy as np
import torch
from stable_baselines3 import PPO
from stable_baselines3.common.logger import Logger

from arm_sim.robot.loader import load_robot
from arm_sim.ros.joint_state_cdr import JointLayout
from arm_sim.simulation.simulation import Simulation
from arm_trainer.backends.backend import BatchState
from arm_trainer.envs.batch_env import BatchEnv
from arm_trainer.envs.policy_interface import PolicyInterface
from arm_trainer.envs.sb3_vec_env import ArmVecEnv
from arm_trainer.ros.managed_simulator import ManagedSimulatorBackend
from arm_trainer.tasks.reach import Reach
from arm_trainer.training.config import load_settings

MODEL = "fetch_arm"
TICKS, WARM_UP = 1000, 50


def timed(act: Callable[[], object], ticks: int = TICKS) -> np.ndarray:
    """(ticks,) seconds that each of so many calls took."""
    for _ in range(WARM_UP):
        act()
    times = np.empty(ticks)
    for i in range(ticks):
        began = time.perf_counter()
        act()
        times[i] = time.perf_counter() - began
    return times


class Still:
    """A backend whose arms never move, and cost nothing: what is left is the task's own time."""

    def __init__(self, interface: PolicyInterface, arms: int) -> None:
        self.robot, self.num_arms, self.control_period = (
            interface.robot,
            arms,
            interface.control_period,
        )
        home = np.tile(interface.robot.home, (arms, 1))
        self._state = BatchState(0, home, np.zeros(home.shape))

    def reset(self, arms: np.ndarray, positions: np.ndarray) -> BatchState:
        """Changes nothing."""
        return self._state

    def step(self, commands: np.ndarray) -> BatchState:
        """Changes nothing."""
        return self._state

    def close(self) -> None:
        """Nothing to let go of."""


def measure(arms: int) -> tuple[np.ndarray, dict[str, float]]:
    """Round trips (s), and median seconds of each part of a control period."""
    interface = PolicyInterface(Reach(load_robot(MODEL)))
    robot = interface.robot
    commands = np.tile(robot.home[robot.command_indices], (arms, 1))
    simulation = Simulation(robot, arms, interface.control_period)
    physics = timed(lambda: simulation.step(commands))

    there = JointLayout(robot.command_joints, arms, fields=1)
    back = JointLayout(robot.joint_names, arms, fields=3)
    state = [simulation.positions] * 3

    def messages() -> None:
        there.unpack(there.pack(0, commands))
        back.unpack(back.pack(0, *state))

    packing = timed(messages)
    backend = ManagedSimulatorBackend(interface, MODEL, arms)
    try:
        trips = timed(lambda: backend.step(commands))
    finally:
        backend.close()

    env = ArmVecEnv(BatchEnv(interface, Still(interface, arms)))
    env.seed(0)
    env.reset()
    actions = np.zeros((arms, len(robot.arm)))
    env.step_async(actions)
    tasks = timed(env.step_wait)
    ppo = load_settings("ppo").learner_settings()
    model = PPO(
        "MlpPolicy",
        env,
        n_steps=ppo.n_steps,
        batch_size=ppo.batch_size,
        n_epochs=ppo.n_epochs,
        policy_kwargs={"net_arch": ppo.net_arch},
        device="cpu",
    )
    observations = torch.as_tensor(env.reset())
    with torch.no_grad():
        policy = timed(lambda: model.policy(observations))
    model.set_logger(Logger(None, []))
    model.learn(model.n_steps * arms)  # Fills the rollout that is learnt from below.
    began = time.perf_counter()
    model.train()
    update = (time.perf_counter() - began) / model.n_steps

    parts = {
        "physics": np.median(physics),
        "messages": np.median(packing),
        "transport and waiting": max(
            0.0, np.median(trips) - np.median(physics) - np.median(packing)
        ),
        "task and shield": np.median(tasks),
        "policy": np.median(policy),
        "PPO's update": update,
    }
    return trips, {name: float(seconds) for name, seconds in parts.items()}


def main() -> None:
    """Runs the benchmark."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--arms", default="1,16,64")
    given = parser.parse_args()
    torch.set_num_threads(1)
    counts = [int(n) for n in given.arms.split(",")]
    results = [measure(arms) for arms in counts]
    print("| one control period (ms) | " + " | ".join(f"{n} arms" for n in counts) + " |")
    print("| --- |" + " --- |" * len(counts))
    for name, q in (("p50", 50), ("p99", 99)):
        row = " | ".join(f"{np.percentile(trips, q) * 1e3:.2f}" for trips, _ in results)
        print(f"| round trip, {name} | {row} |")
    for name in results[0][1]:
        print(
            f"| {name} | " + " | ".join(f"{parts[name] * 1e3:.2f}" for _, parts in results) + " |"
        )


if __name__ == "__main__":
    main()
