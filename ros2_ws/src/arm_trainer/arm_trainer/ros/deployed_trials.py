"""Trials of a deployed controller: sends unseen targets to the arm on the graph and watches.

It measures as the task does, once per control period of the states' own time, from `joint_states`
alone; the controller is a process that it knows nothing of.
"""

import itertools
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from diagnostic_msgs.msg import DiagnosticArray
from geometry_msgs.msg import PoseStamped
from rclpy.context import Context
from rclpy.node import Node
from rclpy.qos import QoSProfile
from sensor_msgs.msg import Image, JointState

from arm_sim.common.arrays import Floats
from arm_sim.robot.kinematics import Kinematics
from arm_sim.ros.joint_messages import JointReader, set_stamp, stamp_ns
from arm_sim.ros.subscriptions import RELIABLE, TopicReader, TopicWaiter
from arm_trainer.backends.backend import SimulatorLost
from arm_trainer.envs.policy_interface import PolicyInterface
from arm_trainer.evaluation.statistics import Interval, wilson_interval
from arm_trainer.tasks.seeding import evaluation_generator

_FIRST_STATE_TIMEOUT = 30.0
_SILENCE_TIMEOUT = 10.0


@dataclass(frozen=True)
class Trial:
    """One target.

    Attributes:
        target: (3,) where it was, m.
        success: Whether the tool got there and stayed.
        seconds: Simulated time until success, or until the trial was given up.
        distance: Last distance, m.
    """

    target: Floats
    success: bool
    seconds: float
    distance: float


def success_of(trials: Sequence[Trial]) -> Interval:
    """Returns how many of the trials succeeded, with its interval."""
    return wilson_interval(sum(trial.success for trial in trials), len(trials))


def time_to_reach(trials: Sequence[Trial]) -> str:
    """Returns the mean time of the trials that succeeded, to be shown."""
    seconds = [trial.seconds for trial in trials if trial.success]
    return f"{sum(seconds) / len(seconds):.2f} s" if seconds else "–"


class DeployedTrials:
    """Sends targets one after the other; the arm goes on from wherever it is.

    Attributes:
        controller_report: What the controller's diagnostics said last.
    """

    def __init__(
        self,
        task: PolicyInterface,
        context: Context,
        camera: str | None = None,
        exit_reason: Callable[[], str | None] = lambda: None,
    ) -> None:
        """Joins the graph.

        Args:
            task: What counts as reached.
            context: The ROS context.
            camera: A camera whose images `run` hands on, or None.
            exit_reason: Says why the deployed system can't go on, if that is known, else None.
        """
        self._task = task
        self._exit_reason = exit_reason
        self._node = Node("arm_trials", context=context)
        self._states = TopicReader(self._node, JointState, "joint_states")
        self._images = TopicReader(self._node, Image, f"{camera}/image_raw") if camera else None
        self._targets = self._node.create_publisher(PoseStamped, "target_pose", RELIABLE)
        # The simulator's come on the same topic.
        self._diagnostics = TopicReader(
            self._node, DiagnosticArray, "diagnostics", QoSProfile(depth=9)
        )
        readers = [self._states, self._diagnostics] + ([self._images] if self._images else [])
        self.controller_report: dict[str, str] = {}
        self._waiter = TopicWaiter(context, readers)
        self._reader = JointReader("joint_states", task.robot.joint_names, 1)
        self._kinematics = Kinematics(task.robot, 1)

    def run(
        self,
        count: int,
        stop: threading.Event,
        seed: int = 0,
        on_trial: Callable[[int, Trial], None] = lambda number, trial: None,
        on_image: Callable[[Image], None] = lambda image: None,
    ) -> list[Trial]:
        """Runs `count` trials, fewer if `stop` is set.

        Raises:
            SimulatorLost: If nothing is heard for too long.
        """
        targets = itertools.islice(self._task.task.starts(evaluation_generator(seed)), count)
        trials: list[Trial] = []
        for start in targets:
            trial = self._run_one(start[self._task.robot.target], stop, on_image)
            if trial is None:
                break
            trials.append(trial)
            on_trial(len(trials), trial)
        return trials

    def close(self) -> None:
        """Leaves the graph."""
        self._waiter.close()
        for reader in (self._states, self._diagnostics, self._images):
            if reader is not None:
                reader.close()
        self._node.destroy_node()

    def _run_one(
        self, target: Floats, stop: threading.Event, on_image: Callable[[Image], None]
    ) -> Trial | None:
        limits = self._task.task.config
        period_ns = round(self._task.control_period * 1e9)
        began: int | None = None
        due = held = 0
        last_heard = asked_since = time.monotonic()
        while not stop.is_set():
            self._waiter.wait(0.1)
            if self._images is not None and (image := self._images.take()) is not None:
                on_image(image)
            if (diagnostics := self._diagnostics.take()) is not None:
                for status in diagnostics.status:
                    if status.name.endswith(": controller"):
                        self.controller_report = {v.key: v.value for v in status.values}
            message = self._states.take()
            now = time.monotonic()
            if (reason := self._exit_reason()) is not None:
                raise SimulatorLost(f"A node died: {reason}.")
            if message is None:
                if now - last_heard > (_FIRST_STATE_TIMEOUT if began is None else _SILENCE_TIMEOUT):
                    raise SimulatorLost(
                        f"No joint states on {self._states.topic}; is the simulator running?"
                    )
                continue
            last_heard = now
            stamp = stamp_ns(message)
            positions, _ = self._reader.read_known(message)
            placed = np.allclose(positions[0, self._task.robot.target], target, atol=1e-6)
            if began is None:
                if now - asked_since > _FIRST_STATE_TIMEOUT:
                    raise SimulatorLost("The simulator does not put the target where it is told.")
                if not placed:
                    # Sent until the simulator shows it: before topics match, a message is lost.
                    self._send_target(target, stamp)
                    continue
                began = due = stamp
            if stamp < due:
                continue
            due += period_ns
            tool = self._kinematics.tool_positions(positions)[0]
            distance = float(np.linalg.norm(tool - target))
            held = held + 1 if distance < limits.tolerance else 0
            seconds = (stamp - began) / 1e9
            success = held >= limits.hold_periods
            if success or seconds >= limits.max_periods * self._task.control_period:
                return Trial(target, success, seconds, distance)
        return None

    def _send_target(self, target: Floats, stamp: int) -> None:
        pose = PoseStamped()
        pose.header.frame_id = self._task.robot.base_frame
        set_stamp(pose.header.stamp, stamp)
        pose.pose.position.x, pose.pose.position.y, pose.pose.position.z = (
            float(v) for v in target
        )
        pose.pose.orientation.w = 1.0
        self._targets.publish(pose)
