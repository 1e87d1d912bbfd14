"""Duration of one control period of N arms over ROS, and of each of its parts.

    source scripts/activate.sh && python bench/tick.py --arms 1,16,64

The round trip is one command and the state that answers it, physics included. The parts are
measured one by one in the same run, as medians; "transport and waiting" is the round trip without
physics and messages. The policy is PPO's with the packaged sizes, acting as in training; the time
of its update is divided by the control periods of a rollout.
"""

import argparse

import numpy as np
import torch
from common import over_ros, print_header, print_row, reach_interface, time_calls, whole_numbers
from stable_baselines3 import PPO
from stable_baselines3.common.logger import Logger

from arm_sim.ros.joint_state_cdr import JointLayout
from arm_sim.simulation.simulation import Simulation
from arm_trainer.backends.backend import BatchState
from arm_trainer.cli.process_setup import set_up_torch_process
from arm_trainer.envs.batch_env import BatchEnv
from arm_trainer.envs.policy_interface import PolicyInterface
from arm_trainer.envs.sb3_vec_env import ArmVecEnv
from arm_trainer.tasks.start import Start
from arm_trainer.training.config import load_settings

CALLS, WARM_UP_CALLS = 1000, 50


class MotionlessBackend:
    """A backend without physics: the environment's time with it is that of the task alone."""

    def __init__(self, interface: PolicyInterface, arms: int) -> None:
        """Puts all arms at home."""
        self.robot, self.num_arms = interface.robot, arms
        self.control_period = interface.control_period
        self._state = BatchState.at_home(interface.robot, arms)

    def reset(self, arms: np.ndarray, starts: Start) -> BatchState:
        """Changes nothing."""
        return self._state

    def move_goals(
        self, arms: np.ndarray, goals: np.ndarray, objects: np.ndarray | None = None
    ) -> BatchState:
        """Changes nothing."""
        return self._state

    def step(self, commands: np.ndarray) -> BatchState:
        """Changes nothing."""
        return self._state

    def close(self) -> None:
        """Has nothing to free."""


def measure_simulation(
    interface: PolicyInterface, arms: int
) -> tuple[np.ndarray, dict[str, float]]:
    """Returns round trips, s, and the medians of their parts, s."""
    robot = interface.robot
    commands = np.tile(robot.home[robot.command_indices], (arms, 1))
    simulation = Simulation(robot, arms, interface.control_period)
    physics = np.median(time_calls(lambda: simulation.step(commands), CALLS, WARM_UP_CALLS))

    command_layout = JointLayout(robot.command_joints, arms, fields=1)
    state_layout = JointLayout(robot.joint_names, arms, fields=3)
    state = [simulation.positions] * 3

    def pack_and_unpack() -> None:
        command_layout.unpack(command_layout.pack(0, commands))
        state_layout.unpack(state_layout.pack(0, *state))

    messages = np.median(time_calls(pack_and_unpack, CALLS, WARM_UP_CALLS))
    backend = over_ros(interface, arms)
    try:
        trips = time_calls(lambda: backend.step(commands), CALLS, WARM_UP_CALLS)
    finally:
        backend.close()
    return trips, {
        "physics": physics,
        "messages": messages,
        "transport and waiting": max(0.0, np.median(trips) - physics - messages),
    }


def measure_learning(interface: PolicyInterface, arms: int) -> dict[str, float]:
    """Returns seconds per control period of the task, the policy and PPO's update."""
    env = ArmVecEnv(BatchEnv(interface, MotionlessBackend(interface, arms)))
    env.seed(0)
    env.reset()
    env.step_async(np.zeros((arms, len(interface.outputs))))
    task = time_calls(env.step_wait, CALLS, WARM_UP_CALLS)
    settings = load_settings("ppo").learner_settings()
    model = PPO(
        "MlpPolicy",
        env,
        n_steps=settings.n_steps,
        batch_size=settings.batch_size,
        n_epochs=settings.n_epochs,
        policy_kwargs={"net_arch": settings.net_arch},
        device="cpu",
    )
    observations = torch.as_tensor(env.reset())
    with torch.no_grad():
        policy = time_calls(lambda: model.policy(observations), CALLS, WARM_UP_CALLS)
    model.set_logger(Logger(None, []))
    model.learn(model.n_steps * arms)  # Fills the rollout buffer that `train` learns from.
    update = time_calls(model.train, calls=1, warm_up=0)[0] / model.n_steps
    return {"task and shield": np.median(task), "policy": np.median(policy), "PPO's update": update}


def main() -> None:
    """Runs the benchmark."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--arms", type=whole_numbers, default="1,16,64")
    options = parser.parse_args()
    set_up_torch_process()
    trips, parts = [], []
    for arms in options.arms:
        interface = reach_interface()
        seconds, simulation = measure_simulation(interface, arms)
        trips.append(1e3 * seconds)
        parts.append(simulation | measure_learning(interface, arms))
    print_header("one control period (ms)", *(f"{arms} arms" for arms in options.arms))
    for percentile in (50, 99):
        values = (f"{np.percentile(column, percentile):.2f}" for column in trips)
        print_row([f"round trip, p{percentile}", *values])
    for name in parts[0]:
        print_row([name, *(f"{1e3 * column[name]:.2f}" for column in parts)])


if __name__ == "__main__":
    main()
