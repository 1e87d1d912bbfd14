"""Inference time of the deployed controller, and regularity of its commands at 100 Hz.

    source scripts/activate.sh && python bench/controller_timing.py

Commands are timed where they arrive. For comparison, the messages of a bare rclpy timer in another
process are timed in the same way: the cost of middleware, Python and machine without a controller.
"""

import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from common import in_process, reach_interface, time_calls
from rclpy.node import Node
from sensor_msgs.msg import JointState
from stable_baselines3 import PPO

from arm_sim.common.child_process import ChildProcess
from arm_sim.ros.node_runtime import ros_context
from arm_sim.ros.subscriptions import TopicReader, TopicWaiter
from arm_sim.simulation.sim_config import SimConfig
from arm_trainer.backends.backend import BatchState
from arm_trainer.envs.batch_env import BatchEnv
from arm_trainer.envs.policy_interface import PolicyInterface
from arm_trainer.envs.sb3_vec_env import ArmVecEnv
from arm_trainer.policies.bundle import Policy
from arm_trainer.policies.onnx_export import export_bundle
from arm_trainer.ros.domain_id import ReservedDomain
from arm_trainer.ros.node_process import start_node, start_simulator
from arm_trainer.tasks.reach import ReachConfig

RATE = 100.0
SECONDS, LONGEST_WAIT = 30.0, 60.0
CALLS, WARM_UP_CALLS = 18_000, 2_000
# A node that publishes as many joints from a timer, and nothing else.
TIMER = f"""
import rclpy
from sensor_msgs.msg import JointState
rclpy.init()
node = rclpy.create_node("timer")
publisher = node.create_publisher(JointState, "joint_command", 1)
message = JointState(name=[f"joint_{{i}}" for i in range(9)], position=[0.0] * 9)
node.create_timer({1 / RATE}, lambda: publisher.publish(message))
rclpy.spin(node)
"""


def inference_times(policy: Policy, interface: PolicyInterface) -> np.ndarray:
    """Returns the seconds of each call of the policy for one arm."""
    robot, home = interface.robot, BatchState.at_home(interface.robot, 1)
    targets = home.positions[:, robot.arm]
    state = interface.state(home, robot.goal_home[None], targets, np.ones(1))
    observations = interface.observation(state)
    return time_calls(lambda: policy.act(observations), CALLS, WARM_UP_CALLS)


def arrival_intervals(process: ChildProcess, domain_id: int) -> np.ndarray:
    """Returns the seconds between the commands of a process, the first tenth left out; ends it."""
    arrivals: list[float] = []
    try:
        with ros_context(domain_id=domain_id) as context:
            node = Node("bench", context=context)
            reader = TopicReader(node, JointState, "joint_command")
            waiter = TopicWaiter(context, [reader])
            deadline = time.monotonic() + LONGEST_WAIT
            while time.monotonic() < deadline:
                if waiter.wait(0.1) and reader.take() is not None:
                    arrivals.append(time.monotonic())
                    if arrivals[-1] - arrivals[0] > SECONDS:
                        break
            reader.close()
            node.destroy_node()
    finally:
        process.close()
    if len(arrivals) < RATE * SECONDS / 2:
        sys.exit(f"Only {len(arrivals)} commands came in {LONGEST_WAIT:.0f} s.")
    return np.diff(arrivals[len(arrivals) // 10 :])


def measure(bundle: Path) -> tuple[np.ndarray, np.ndarray]:
    """Returns the intervals of the controller's commands and of the timer's messages, s."""
    domain = ReservedDomain()
    domain_id = domain.domain_id
    simulator = start_simulator(SimConfig().replace(cameras="none", state_rate=RATE), domain_id)
    try:
        controller = start_node("arm_trainer.ros.controller_node", {"policy": bundle}, domain_id)
        controller_intervals = arrival_intervals(controller, domain_id)
    finally:
        simulator.close()
    timer = ChildProcess([sys.executable, "-c", TIMER], {"ROS_DOMAIN_ID": str(domain_id)})
    timer_intervals = arrival_intervals(timer, domain_id)
    domain.release()
    return controller_intervals, timer_intervals


def print_row(name: str, seconds: np.ndarray) -> None:
    """Prints the percentiles of some times, ms."""
    p50, p99 = np.percentile(1e3 * seconds, (50, 99))
    print(f"  {name:<34} {p50:8.3f} {p99:8.3f} {1e3 * seconds.max():8.3f}")


def main() -> None:
    """Runs the benchmark."""
    interface = reach_interface(ReachConfig(control_rate=RATE))
    env = ArmVecEnv(BatchEnv(interface, in_process(interface, 1)))
    with tempfile.TemporaryDirectory() as folder:
        # An untrained network takes the same time as a trained one; its size is that of ppo.yaml.
        model = PPO("MlpPolicy", env, policy_kwargs={"net_arch": [64, 64]}, device="cpu")
        bundle = Path(folder) / "policy"
        export_bundle(model, interface, bundle, {})
        inference = inference_times(Policy(bundle), interface)
        controller, timer = (np.abs(times - 1.0 / RATE) for times in measure(bundle))
    ratio = np.percentile(controller, 99) / np.percentile(timer, 99)
    print(f"p99 jitter of the controller / p99 jitter of a bare rclpy timer: {ratio:.2f}\n")
    print(f"  {'ms':<34} {'p50':>8} {'p99':>8} {'max':>8}")
    print_row("inference, one arm", inference)
    print_row(f"controller: jitter at {RATE:.0f} Hz", controller)
    print_row(f"rclpy timer: jitter at {RATE:.0f} Hz", timer)


if __name__ == "__main__":
    main()
