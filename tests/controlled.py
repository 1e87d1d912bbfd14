"""What tests of the controller share: a policy, arms to be moved, and ears for its commands."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import torch
from diagnostic_msgs.msg import DiagnosticArray
from geometry_msgs.msg import PoseStamped
from lifecycle_msgs.msg import Transition
from lifecycle_msgs.srv import ChangeState, GetState
from rcl_interfaces.msg import Parameter, ParameterType, ParameterValue
from rcl_interfaces.srv import SetParameters
from rclpy.executors import SingleThreadedExecutor
from rclpy.qos import HistoryPolicy, QoSProfile, ReliabilityPolicy
from sensor_msgs.msg import JointState
from stable_baselines3 import PPO
from std_srvs.srv import Trigger

from arm_sim.common.arrays import Floats
from arm_sim.robot.loader import load_robot
from arm_sim.ros.command_messages import COMMAND_INTERFACES
from arm_sim.ros.joint_messages import JointWriter, set_stamp
from arm_sim.ros.subscriptions import RELIABLE, TopicReader, TopicWaiter
from arm_trainer.backends.in_process import InProcessBackend
from arm_trainer.envs.batch_env import BatchEnv
from arm_trainer.envs.policy_interface import PolicyInterface
from arm_trainer.envs.sb3_vec_env import ArmVecEnv
from arm_trainer.policies.onnx_export import export_bundle
from arm_trainer.tasks.reach import Reach
from graph import Graph, wait_until

ROBOT = load_robot()
ARM = ROBOT.arm
PERIOD = 0.05  # The control period, s.
FULL_STEP = ROBOT.velocity_limits[ARM] * PERIOD
LARGEST_CHANGE = ROBOT.acceleration_limits[ARM] * PERIOD**2
STATE_PERIOD = 0.01
# Targets that are a long way from each other, for the policy below.
LEFT, RIGHT = (0.7, 0.4, 0.9), (0.7, -0.4, 0.9)

Distort = Callable[[JointState], JointState | None]


def swinging_policy(folder: Path, swing: float = 3.0) -> Path:
    """Exports a policy that needs no training: the arm turns to the target's side, at full speed.

    Its action is a linear function of what it observes: shoulder and wrist roll go to `swing` times
    the target's y, and all other joints stay at home.
    """
    interface = PolicyInterface(Reach(ROBOT))
    env = ArmVecEnv(
        BatchEnv(interface, InProcessBackend(interface.robot, 1, interface.control_period))
    )
    options = {"policy_kwargs": {"net_arch": []}, "device": "cpu"}
    model = PPO("MlpPolicy", env, n_steps=8, batch_size=8, **options)
    column = interface.observation_names.index
    weight = np.zeros((len(ARM), len(interface.observation_names)))
    for i, joint in enumerate(ARM):
        # About home, where all of the endless joints are at 0, an angle is its sine.
        seen = "position_sin" if ROBOT.endless[joint] else "position"
        weight[i, column(f"{seen}/{ROBOT.joint_names[joint]}")] = -3.0
    weight[[0, 6], column("target/y")] = 3.0 * swing
    with torch.no_grad():
        model.policy.action_net.weight.copy_(torch.from_numpy(weight))
        model.policy.action_net.bias.copy_(torch.from_numpy(3.0 * ROBOT.home[ARM]))
    export_bundle(model, interface, folder, {})
    return folder


def unspoilt(state: JointState) -> JointState:
    return state


class MockArm:
    """A robot's driver: follows commands with the lag of a servo, publishes states at 100 Hz.

    Attributes:
        positions: (J,) where the joints are; the target's joints say where the target is.
        distort: What becomes of each state on its way; None keeps it back.
    """

    def __init__(self, graph: Graph) -> None:
        self.positions = ROBOT.home.copy()
        self.positions[ROBOT.target] = LEFT
        self.distort: Distort = unspoilt
        self.period = STATE_PERIOD
        self._goal = self.positions.copy()
        self._commands = TopicReader(graph.node, JointState, "joint_command")
        self._states = graph.node.create_publisher(JointState, "joint_states", RELIABLE)
        self._lock = threading.Lock()

    def put(self, joint: int, position: float) -> None:
        """Moves a joint at once, as somebody might who takes the arm by the hand."""
        with self._lock:
            self.positions[joint] = self._goal[joint] = position

    def aim(self, target: tuple[float, float, float]) -> None:
        with self._lock:
            self.positions[ROBOT.target] = self._goal[ROBOT.target] = target

    def step(self) -> None:
        with self._lock:
            if (command := self._commands.take()) is not None:
                for name, position in zip(command.name, command.position, strict=True):
                    self._goal[ROBOT.joint_names.index(name)] = position
            before = self.positions
            self.positions = before + (self._goal - before) * (1 - np.exp(-self.period / 0.1))
            velocities = (self.positions - before) / self.period
            state = JointWriter(ROBOT.joint_names, 1).write(
                time.time_ns(), self.positions[None], velocities[None]
            )
            distorted = self.distort(state)
        if distorted is not None:
            self._states.publish(distorted)


@contextmanager
def alive(arm: MockArm) -> Iterator[MockArm]:
    """Lets a mock arm run on a thread of its own."""
    stop = threading.Event()

    def run() -> None:
        while not stop.wait(arm.period):
            arm.step()

    thread = threading.Thread(target=run)
    thread.start()
    try:
        yield arm
    finally:
        stop.set()
        thread.join()


class Relay:
    """Stands between a simulator and the controller, which is told to listen to `relayed_states`.

    Attributes:
        distort: What becomes of each state on its way; None keeps it back.
        last: The newest state of the simulator itself.
        passed_at: When a state was last passed on unspoilt, s of the wall clock.
    """

    def __init__(self, graph: Graph) -> None:
        self.distort: Distort = unspoilt
        self.last = JointState()
        self.passed_at = 0.0
        self._stop = threading.Event()
        self._reader = TopicReader(graph.node, JointState, "joint_states")
        self._waiter = TopicWaiter(graph.node.context, [self._reader])
        self._publisher = graph.node.create_publisher(JointState, "relayed_states", RELIABLE)
        self._thread = threading.Thread(target=self._run)

    def __enter__(self) -> "Relay":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()

    @property
    def velocities(self) -> Floats:
        """(A,) the simulated arm's joint velocities."""
        return np.array(self.last.velocity)[ARM]

    def _run(self) -> None:
        while not self._stop.is_set():
            if not self._waiter.wait(0.1) or (state := self._reader.take()) is None:
                continue
            self.last = state
            distort = self.distort
            copy = JointState(name=state.name, position=state.position, velocity=state.velocity)
            copy.header.stamp = state.header.stamp
            if (passed := distort(copy)) is not None:
                self._publisher.publish(passed)
                if distort is unspoilt:
                    self.passed_at = time.time()


class CommandRecord:
    """Every command on a topic, with the time at which it was sent."""

    def __init__(self, graph: Graph, interface: str = "joint_command", topic: str = "") -> None:
        kind, default = COMMAND_INTERFACES[interface]
        everything = QoSProfile(
            reliability=ReliabilityPolicy.RELIABLE, history=HistoryPolicy.KEEP_LAST, depth=10_000
        )
        self._kind = kind
        self._reader = TopicReader(graph.node, kind, topic or default, everything)
        self._sent: list[tuple[float, Any]] = []

    def messages(self) -> list[Any]:
        self._take()
        return [message for _, message in self._sent]

    def __len__(self) -> int:
        return len(self.messages())

    def read(self) -> tuple[Floats, Floats]:
        """Times (K,), s of the wall clock, and targets (K, C) of joint commands."""
        self._take()
        times = np.array([at for at, _ in self._sent])
        return times, np.array([message.position for _, message in self._sent])

    def forget(self) -> None:
        self._take()
        self._sent.clear()

    def waits_for_more(self, count: int = 10, timeout: float = 10.0) -> None:
        """Waits until `count` more commands have come; fails the test if they don't."""
        before = len(self)
        wait_until(lambda: len(self) >= before + count, timeout)

    def is_silent(self, seconds: float) -> bool:
        """Whether no command comes for so long."""
        before = len(self)
        time.sleep(seconds)
        return len(self) == before

    def _take(self) -> None:
        while (taken := self._reader.subscription.take(self._kind, False)) is not None:
            message, info = taken
            self._sent.append((info["source_timestamp"] / 1e9, message))


def assert_within_limits(times: Floats, targets: Floats) -> None:
    """Checks a whole record: finite, and within limits of position, velocity and acceleration.

    After a hold, during which nothing was sent, the next target may be as far away as the joint can
    have moved in that time.
    """
    assert len(targets) > 1
    assert np.isfinite(targets).all()
    body = ROBOT.command_indices[: targets.shape[1]]
    assert (targets >= ROBOT.lower[body]).all() and (targets <= ROBOT.upper[body]).all()
    targets = targets[:, : len(ARM)]
    steps, gaps = np.diff(targets, axis=0), np.diff(times)
    going_on = gaps < 1.5 * PERIOD
    tiny = 1e-9
    assert (np.abs(steps[going_on]) <= FULL_STEP + tiny).all()
    in_a_row = going_on[1:] & going_on[:-1]
    changes = np.diff(steps, axis=0)[in_a_row]
    assert (np.abs(changes) <= LARGEST_CHANGE + tiny).all()
    farthest = ROBOT.velocity_limits[ARM] * gaps[~going_on, None]
    assert (np.abs(steps[~going_on]) <= farthest).all()


def last_change(times: Floats, targets: Floats) -> float:
    """When the targets changed for the last time, s of the wall clock."""
    changed = (np.diff(targets[:, : len(ARM)], axis=0) != 0.0).any(axis=1)
    return float(times[1:][changed][-1])


class Services:
    """Calls the controller's services, as ROS's own tools do."""

    def __init__(self, graph: Graph) -> None:
        self._node = graph.node
        self._clients: dict[str, Any] = {}

    def request(self, kind: Any, name: str, request: Any) -> Any:
        """Sends a request and returns its future, to be waited for with `answer`."""
        if name not in self._clients:
            self._clients[name] = self._node.create_client(kind, name)
        assert self._clients[name].wait_for_service(20.0), f"no service {name}"
        return self._clients[name].call_async(request)

    def answer(self, future: Any, timeout: float = 15.0) -> Any:
        executor = SingleThreadedExecutor(context=self._node.context)
        executor.add_node(self._node)
        deadline = time.monotonic() + timeout
        try:
            # Not `spin_until_future_complete`, which fails if another answer was waited for before.
            while not future.done() and time.monotonic() < deadline:
                executor.spin_once(timeout_sec=0.1)
        finally:
            executor.remove_node(self._node)
            executor.shutdown()
        assert future.done(), "the service does not answer"
        return future.result()

    def ask_to(self, transition: str) -> Any:
        number = getattr(Transition, f"TRANSITION_{transition.upper()}")
        request = ChangeState.Request(transition=Transition(id=number))
        return self.request(ChangeState, "arm_controller/change_state", request)

    def change(self, transition: str) -> bool:
        """Asks for a transition; whether it was made."""
        return self.answer(self.ask_to(transition)).success

    @property
    def state(self) -> str:
        future = self.request(GetState, "arm_controller/get_state", GetState.Request())
        return self.answer(future).current_state.label

    def set(self, name: str, value: str) -> None:
        given = ParameterValue(type=ParameterType.PARAMETER_STRING, string_value=value)
        request = SetParameters.Request(parameters=[Parameter(name=name, value=given)])
        future = self.request(SetParameters, "arm_controller/set_parameters", request)
        (result,) = self.answer(future).results
        assert result.successful, result.reason

    def trigger(self, name: str) -> None:
        assert self.answer(self.request(Trigger, name, Trigger.Request())).success


class Diagnostics:
    """What the controller says of itself."""

    def __init__(self, graph: Graph) -> None:
        self._listener = graph.reader(DiagnosticArray, "diagnostics")

    def wait_for(
        self, accept: Callable[[str, dict[str, str]], bool], timeout: float = 15.0
    ) -> dict[str, str]:
        """The values of the first status whose message and values are accepted."""

        def values(array: DiagnosticArray) -> dict[str, str]:
            return {pair.key: pair.value for pair in array.status[0].values}

        def good(array: DiagnosticArray) -> bool:
            (status,) = array.status
            return status.name.startswith("arm_controller") and accept(
                status.message, values(array)
            )

        return values(self._listener.next(timeout, good))


def pose(target: tuple[float, float, float], frame: str = "base_link") -> PoseStamped:
    message = PoseStamped()
    message.header.frame_id = frame
    position = message.pose.position
    position.x, position.y, position.z = target
    message.pose.orientation.w = 1.0
    return message


def without(state: JointState, joint: str) -> JointState:
    """The same state, from a driver that does not know a joint."""
    kept = [i for i, name in enumerate(state.name) if name != joint]
    return JointState(
        header=state.header,
        name=[state.name[i] for i in kept],
        position=[state.position[i] for i in kept],
        velocity=[state.velocity[i] for i in kept],
    )


def stamped(state: JointState, time_ns: int) -> JointState:
    set_stamp(state.header.stamp, time_ns)
    return state
