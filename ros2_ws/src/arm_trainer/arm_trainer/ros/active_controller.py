"""One activation of a controller: from states and images to commands, until it is deactivated.

It acts when a state arrives, at most once per control period of the states' own time. Whatever
forbids commanding makes it brake, within the shield's limits, and hold still until it is over.
Where states fail to come there is no command either, and the last targets simply stay.
"""

import threading
import time
from dataclasses import dataclass
from typing import Any

import numpy as np
from geometry_msgs.msg import PointStamped, PoseStamped
from rclpy.node import Node
from sensor_msgs.msg import JointState

from arm_sim.common.arrays import Floats
from arm_sim.ros.command_messages import COMMAND_INTERFACES, CommandWriter
from arm_sim.ros.joint_messages import JointReader, read_target, set_stamp, stamp_ns
from arm_sim.ros.subscriptions import RELIABLE
from arm_trainer.deployment.controller import Controller
from arm_trainer.deployment.joint_state_monitor import JointStateMonitor, Verdict
from arm_trainer.deployment.loop_timing import LoopTiming
from arm_trainer.deployment.reachable_targets import ReachableTargets
from arm_trainer.deployment.target_sequence import TargetSequence
from arm_trainer.ros.camera_subscriber import CameraSubscriber
from arm_trainer.ros.joint_state_reader import JointStateReader

SHADOW_TOPIC = "shadow_command"
_THROTTLE = 1.0
# What keeps the arm from starting is said once it has lasted, s.
_WORTH_SAYING = 0.5
# How often the graph is asked who else commands the arm, s.
_GRAPH_PERIOD = 0.1
# Jitter of stamps that still counts as on time, as a part of the control period.
_EARLY = 0.1


@dataclass(frozen=True)
class Deployment:
    """What is deployed, and how.

    Attributes:
        controller: The policy with its shield.
        interface: A key of `COMMAND_INTERFACES`.
        max_age: Seconds until a state, or what a camera shows, is stale.
        command_gripper: Whether commands name the gripper's joints too.
        shadow: Whether commands go to SHADOW_TOPIC instead of to the arm.
        reachable: Where the policy has learnt to go.
        targets: (3,) each, to be gone through one after the other; none where others say.
    """

    controller: Controller
    interface: str
    max_age: float
    command_gripper: bool
    shadow: bool
    reachable: ReachableTargets
    targets: list[Floats]


class Session:
    """From activation to deactivation.

    Attributes:
        ending: Set from outside to bring the arm to rest for good.
        stopped: The same for an emergency stop; its release does not take this back.
        at_rest: Set once it has, and commands no more.
        hold_reason: Why it does not command, None while it does.
    """

    def __init__(self, node: Node, deployment: Deployment) -> None:
        self._node = node
        self._logger = node.get_logger()
        self._clock = node.get_clock()
        self._deployment = deployment
        self._controller = controller = deployment.controller
        task = controller.task
        robot = self._robot = task.robot
        self._period = task.control_period
        self._period_ns = round(task.control_period * 1e9)
        self._body = robot.command_indices
        self._body_reader = JointStateReader(robot)
        self._target_names = [robot.joint_names[i] for i in robot.target]
        self._target_reader = JointReader("joint_states", self._target_names, 1)
        self._watch = JointStateMonitor(robot.velocity_limits[self._body], deployment.max_age)
        self._cameras: CameraSubscriber | None = None
        if controller.views is not None:
            self._cameras = CameraSubscriber(node, controller.views, deployment.max_age)

        commanded = robot.command_joints
        self._width = len(commanded) if deployment.command_gripper else len(robot.arm)
        self._writer = CommandWriter(
            deployment.interface, commanded[: self._width], task.control_period
        )
        message_type, topic = COMMAND_INTERFACES[deployment.interface]
        # Made here and not before, so that of several controllers only the active one is counted.
        self._commands = node.create_publisher(
            message_type, SHADOW_TOPIC if deployment.shadow else topic, RELIABLE
        )
        self._list: TargetSequence | None = None
        self._list_poses: Any = None
        if deployment.targets:
            self._list = TargetSequence(deployment.targets, task.task.config)
            self._list_poses = node.create_publisher(PoseStamped, "target_pose", RELIABLE)

        self._positions = robot.home.copy()
        self._velocities = np.zeros(len(robot.joint_names))
        self._has_target = False
        self._requested: Floats = np.full(3, np.nan)
        self._pursued: Floats = np.full(3, np.nan)
        self._started = False
        self._due = self._acted_stamp = 0
        self._brake_due = 0.0
        self._graph_due = 0.0
        self._alone = self._listened_to = deployment.shadow
        self._sent_at = -np.inf
        self._acted_at: float | None = None  # None once something has come between.
        self._timings = LoopTiming(
            ("control period", "jitter", "inference", "age of observations", "age of frames")
        )
        self._sent = self._holds = self._doubtful = 0
        self.ending = self.stopped = False
        self.at_rest = threading.Event()
        self.hold_reason: str | None = "waiting for joint_states"
        self._why_since = time.monotonic()
        self._said: str | None = None

    @property
    def braking_time(self) -> float:
        """Longest time until `at_rest` after `ending` or `stopped`, s, with some patience."""
        return self._controller.shield.braking_periods * self._period + 1.0

    def close(self) -> None:
        """Leaves the command topic to others."""
        self._node.destroy_publisher(self._commands)
        if self._cameras is not None:
            self._cameras.close()
        if self._list_poses is not None:
            self._node.destroy_publisher(self._list_poses)

    def hear_target(self, message: PoseStamped | PointStamped) -> None:
        """Takes a target; where states name the target's joints, those say where it is."""
        self._positions[self._robot.target] = read_target(message, self._robot.base_frame)
        self._has_target = True

    def hear_state(self, message: JointState) -> None:
        """Takes a joint state and, when a control period is over, commands.

        Raises:
            RejectedMessage: If it can't be read.
        """
        positions, velocities = self._body_reader.read(message)
        target: Floats | None = None
        if self._target_names[0] in message.name:
            # The simulator's target is part of its state, and is where target_pose put it.
            target = self._target_reader.read_known(message)[0][0]
        now, clock_ns = time.monotonic(), self._clock.now().nanoseconds
        stamp = stamp_ns(message)
        verdict = self._watch.see(stamp, positions, now, clock_ns)
        if verdict is Verdict.DOUBTFUL:
            self._doubtful += 1
            self._logger.warning(
                f"Passed over a joint state: {self._watch.rejection_reason}",
                throttle_duration_sec=_THROTTLE,
            )
        if verdict in (Verdict.DOUBTFUL, Verdict.REPEATED):
            return
        self._positions[self._body], self._velocities[self._body] = positions, velocities
        if target is not None:
            self._positions[self._robot.target] = target
            self._has_target = True
        if verdict is Verdict.NEW_BEGINNING:
            self._controller.start(self._positions)
            self._started, self._due, self._acted_stamp = True, stamp, -self._period_ns
        early = round(_EARLY * self._period_ns)
        # Neither ahead of time nor, after a late state, two in quick succession.
        if stamp < max(self._due, self._acted_stamp + self._period_ns) - early:
            return
        self._due = max(self._due, stamp - early) + self._period_ns
        self._judge()
        if self.hold_reason is None and now >= self._brake_due:
            self._acted_stamp = stamp
            self._act(now, clock_ns)

    def keep_up(self) -> None:
        """Does what is due without a state: looks around, brakes, sends the listed target."""
        if self._cameras is not None:
            self._cameras.take()
        now = time.monotonic()
        if now >= self._graph_due:
            self._graph_due = now + _GRAPH_PERIOD
            self._offer_listed_target()
            self._look_around()
        self._judge()
        if self.hold_reason is None:
            return
        if self._started and not self._controller.resting:
            if now >= self._brake_due:
                self._brake_due = now + self._period
                self._send(self._controller.brake(self._positions))
            return
        if self.ending or self.stopped:
            self.at_rest.set()

    def _look_around(self) -> None:
        """Asks the graph who else commands the arm, and whether it listens."""
        if not self._deployment.shadow:
            self._alone = self._node.count_publishers(self._commands.topic_name) <= 1
            self._listened_to = self._commands.get_subscription_count() > 0

    def report(self) -> dict[str, object]:
        """Returns what diagnostics tell of it."""
        controller = self._controller
        values: dict[str, object] = {
            "commands": self._sent,
            "holds": self._holds,
            "doubtful states": self._doubtful,
            "late actions": controller.late_actions,
        }
        values |= {f"shield: {k}": v for k, v in controller.shield.interventions.items()}
        if self._has_target:
            values["target (m)"] = np.round(self._requested, 3).tolist()
            if self._cameras is None:
                values["target pursued (m)"] = np.round(self._pursued, 3).tolist()
            one = "target" if self._cameras else "one pursued"
            values[f"distance to the {one} (m)"] = f"{controller.distance:.4f}"
        if (estimate := controller.target_estimate) is not None:
            values["target estimated (m)"] = np.round(estimate, 3).tolist()
        if self._list is not None:
            values["targets reached"] = f"{self._list.reached} of {self._list.tried}"
        return values | self._timings.report()

    def _judge(self) -> None:
        """Finds out whether anything forbids commanding, and says so when that changes."""
        before, self.hold_reason = self.hold_reason, self._reason()
        now = time.monotonic()
        if self.hold_reason != before:
            self._why_since = now
            if self.hold_reason is None:
                self._said = None
                self._logger.info("Commanding")
            elif before is None:
                self._hold(now)
        if self.hold_reason != self._said and now - self._why_since > _WORTH_SAYING:
            self._say_why()

    def _hold(self, now: float) -> None:
        """Stops acting; `keep_up` brakes."""
        self._acted_at = None
        if now - self._sent_at > 1.5 * self._period:
            # With no news there was no command: the targets rest already.
            self._controller.rest()
        self._brake_due = max(now, self._sent_at + self._period)
        self._holds += 1
        self._say_why()

    def _say_why(self) -> None:
        self._said = self.hold_reason
        self._logger.warning(f"Holding still: {self.hold_reason}")

    def _reason(self) -> str | None:
        if self.stopped:
            return "emergency stop"
        if self.ending:
            return "being deactivated"
        if not self._started:
            return "waiting for joint_states"
        age = self._watch.age(time.monotonic(), self._clock.now().nanoseconds)
        if age > self._watch.max_age:
            return f"no fresh joint state for {self._watch.max_age:g} s"
        if not self._alone:
            return f"another node publishes on {self._commands.topic_name} too"
        if not self._listened_to:
            return f"nobody listens on {self._commands.topic_name}"
        if self._cameras is not None:
            return self._cameras.watch.hold_reason(self._watch.stamp_ns, time.monotonic())
        return None if self._has_target else "no target"

    def _act(self, now: float, clock_ns: int) -> None:
        self._choose_target()
        images = None
        if self._cameras is not None:
            images = self._cameras.watch.images
            self._timings.add("age of frames", self._cameras.watch.age(self._watch.stamp_ns))
        positions = self._positions.copy()
        positions[self._robot.target] = self._pursued
        command = self._controller.command(positions, self._velocities, images)
        age = self._watch.age(time.monotonic(), clock_ns)
        self._send(command)
        self._timings.add("inference", self._controller.inference)
        self._timings.add("age of observations", age)
        if self._acted_at is not None:
            self._timings.add("control period", now - self._acted_at)
            self._timings.add("jitter", abs(now - self._acted_at - self._period))
        self._acted_at = now
        if self._list is not None and self._listed_target_is_on():
            # One that is out of reach is not reached where something else is pursued.
            reachable = np.array_equal(self._pursued, self._requested)
            if self._list.see(self._controller.distance if reachable else np.inf):
                self._logger.info(f"Targets reached: {self._list.reached} of {self._list.tried}")

    def _choose_target(self) -> None:
        """Finds the point to go to for the target that is asked for."""
        target = self._positions[self._robot.target]
        if np.array_equal(target, self._requested):
            return
        self._requested = target.copy()
        if self._cameras is not None:
            self._pursued = self._requested  # To judge the policy by; it looks for itself.
            return
        self._pursued = self._deployment.reachable.nearest(self._requested)
        if (missing := float(np.linalg.norm(self._pursued - target))) > 0.0:
            self._logger.warning(
                f"The target at {np.round(target, 3).tolist()} is out of reach: going to "
                f"{np.round(self._pursued, 3).tolist()}, {missing:.3f} m from it, the nearest that "
                "the policy was trained for.",
                throttle_duration_sec=_THROTTLE,
            )

    def _offer_listed_target(self) -> None:
        """Sends the target that is on, until the states (or this node itself) show it."""
        if self._list is None or self._list.current is None or self._listed_target_is_on():
            return
        pose = PoseStamped()
        pose.header.frame_id = self._robot.base_frame
        set_stamp(pose.header.stamp, self._watch.stamp_ns)
        pose.pose.position.x, pose.pose.position.y, pose.pose.position.z = map(
            float, self._list.current
        )
        pose.pose.orientation.w = 1.0
        self._list_poses.publish(pose)

    def _listed_target_is_on(self) -> bool:
        if self._list is None or self._list.current is None:
            return False
        return np.allclose(self._positions[self._robot.target], self._list.current, atol=1e-6)

    def _send(self, command: Floats) -> None:
        self._commands.publish(
            self._writer.write(self._watch.stamp_ns, np.ascontiguousarray(command[: self._width]))
        )
        self._sent += 1
        self._sent_at = time.monotonic()
