"""How quick and how regular is the deployed controller? Inference, and control periods at 100 Hz.

    source scripts/activate.sh && python bench/controller_timing.py

The controller's commands are timed where they arrive, and beside them those of a bare rclpy timer
in a process of its own: what the middleware, Python and the machine cost without a controller.
"""

import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from rclpy.node import Node
from sensor_msgs.msg import JointState
from stable_baselines3 import PPO

from arm_sim.common.child_process import ChildProcess
from arm_sim.robot.kinematics import Kinematics
from arm_sim.robot.loader import load_robot
from arm_sim.ros.node_runtime import ros_context
from arm_sim.ros.subscriptions import TopicReader, TopicWaiter
from arm_trainer.backends.in_process import InProcessBackend
from arm_trainer.envs.batch_env import BatchEnv
from arm_trainer.envs.policy_interface import PolicyInterface
from arm_trainer.envs.sb3_vec_env import ArmVecEnv
from arm_trainer.policies.bundle import Policy
from arm_trainer.policies.onnx_export import export_bundle
from arm_trainer.ros.domain_id import ReservedDomain
from arm_trainer.ros.node_process import start_node
from arm_trainer.tasks.reach import Reach, ReachConfig

RATE = 100.0
SECONDS = 30.0
CALLS = 20_000
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


def inference(policy: Policy, interface: PolicyInterface) -> np.ndarray:
    """Seconds of each call of the policy for one arm."""
    home = interface.robot.home[None]
    tool = Kinematics(interface.robot, 1).tool_positions(home)
    observations = interface.observe(home, np.zeros_like(home), tool, home[:, interface.robot.arm])
    seconds = np.empty(CALLS)
    for i in range(CALLS):
        began = time.perf_counter()
        policy.act(observations)
        seconds[i] = time.perf_counter() - began
    return seconds[CALLS // 10 :]


def intervals(domain_id: int) -> np.ndarray:
    """Seconds between the commands that arrive."""
    arrivals = []
    with ros_context(domain_id=domain_id) as context:
        node = Node("bench", context=context)
        reader = TopicReader(node, JointState, "joint_command")
        waiter = TopicWaiter(context, [reader])
        deadline = time.monotonic() + 60.0
        while time.monotonic() < deadline:
            if waiter.wait(0.1) and reader.take() is not None:
                arrivals.append(time.monotonic())
                if arrivals[-1] - arrivals[0] > SECONDS:
                    break
        reader.close()
        node.destroy_node()
    if len(arrivals) < RATE * SECONDS / 2:
        sys.exit(f"Only {len(arrivals)} commands came.")
    return np.diff(arrivals[len(arrivals) // 10 :])


def row(name: str, seconds: np.ndarray) -> str:
    """A line of the table."""
    ms = 1000.0 * seconds
    p50, p99 = np.percentile(ms, (50, 99))
    return f"  {name:<34} {p50:8.3f} {p99:8.3f} {ms.max():8.3f}"


def main() -> None:
    """Runs the benchmark."""
    interface = PolicyInterface(Reach(load_robot(), ReachConfig(control_rate=RATE)))
    env = ArmVecEnv(
        BatchEnv(interface, InProcessBackend(interface.robot, 1, interface.control_period))
    )
    with tempfile.TemporaryDirectory() as folder:
        # What it has learnt makes no difference to its time; the network is that of ppo.yaml.
        model = PPO("MlpPolicy", env, policy_kwargs={"net_arch": [64, 64]}, device="cpu")
        bundle = Path(folder) / "policy"
        export_bundle(model, interface, bundle, {})
        inferences = inference(Policy(bundle), interface)
        domain = ReservedDomain()
        parameters = {"mode": "realtime", "cameras": "none", "state_rate": RATE}
        simulator = start_node("arm_sim.ros.sim_node", parameters, domain.domain_id)
        controller = start_node(
            "arm_trainer.ros.controller_node", {"policy": bundle}, domain.domain_id
        )
        try:
            controlled = intervals(domain.domain_id)
        finally:
            controller.close()
            simulator.close()
        timer = ChildProcess(
            [sys.executable, "-c", TIMER], {"ROS_DOMAIN_ID": str(domain.domain_id)}
        )
        try:
            bare = intervals(domain.domain_id)
        finally:
            timer.close()
            domain.release()
    period = 1.0 / RATE
    jitters = np.abs(controlled - period), np.abs(bare - period)
    ratio = np.percentile(jitters[0], 99) / np.percentile(jitters[1], 99)
    print(f"Jitter p99 of the controller, in that of a bare rclpy timer: {ratio:.2f}\n")
    print(f"  {'ms':<34} {'p50':>8} {'p99':>8} {'max':>8}")
    print(row("inference, one arm", inferences))
    print(row(f"controller: jitter at {RATE:.0f} Hz", jitters[0]))
    print(row(f"rclpy timer: jitter at {RATE:.0f} Hz", jitters[1]))


if __name__ == "__main__":
    main()
