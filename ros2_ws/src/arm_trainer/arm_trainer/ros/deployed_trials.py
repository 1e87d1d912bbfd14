"""DeployedTrials: sends unseen targets to the deployed arm on the ROS graph and measures success.

It measures from `joint_states` alone; the controller is any process that moves the arm.
"""

import itertools
import threading
import time
from collections.abc import Callable

import numpy as np
from diagnostic_msgs.msg import DiagnosticArray
from geometry_msgs.msg import PoseStamped
from rclpy.context import Context
from rclpy.node import Node
from rclpy.qos import QoSProfile
from sensor_msgs.msg import Image, JointState, MultiDOFJointState

from arm_sim.robot.object_spec import GOAL
from arm_sim.ros.joint_messages import JointReader, stamp_ns
from arm_sim.ros.object_messages import ObjectMessage, ObjectReader
from arm_sim.ros.object_state_cdr import ObjectPlacementLayout
from arm_sim.ros.subscriptions import RELIABLE, TopicReader, TopicWaiter
from arm_trainer.backends.backend import BatchState, SimulatorLost
from arm_trainer.envs.policy_interface import PolicyInterface
from arm_trainer.evaluation.trials import Trial, TrialMeasurement
from arm_trainer.ros.target_message import target_pose
from arm_trainer.tasks.seeding import evaluation_generator
from arm_trainer.tasks.start import Start

_FIRST_STATE_TIMEOUT = 30.0
_SILENCE_TIMEOUT = 10.0
# An object that was placed settles by less than this, m.
_PLACED = 0.01


class DeployedTrials:
    """Sends one target after the other; the arm starts from where the last trial ended.

    Attributes:
        controller_report: The values of the controller's last diagnostics.
    """

    def __init__(
        self,
        interface: PolicyInterface,
        context: Context,
        camera: str | None = None,
        exit_reason: Callable[[], str | None] = lambda: None,
    ) -> None:
        """Joins the ROS graph.

        Args:
            interface: Its task draws the targets and defines success.
            context: The ROS context.
            camera: A camera whose images `run` passes on, or None.
            exit_reason: Returns why a process of the deployed system ended; None while all run.
        """
        self._interface = interface
        robot = interface.robot
        self._exit_reason = exit_reason
        self._node = Node("arm_trials", context=context)
        self._states = TopicReader(self._node, JointState, "joint_states")
        self._images = TopicReader(self._node, Image, f"{camera}/image_raw") if camera else None
        self._targets = self._node.create_publisher(PoseStamped, "target_pose", RELIABLE)
        # The simulator publishes diagnostics on the same topic.
        self._diagnostics = TopicReader(
            self._node, DiagnosticArray, "diagnostics", QoSProfile(depth=9)
        )
        self._objects = TopicReader(self._node, MultiDOFJointState, "object_states")
        self._object_resets = self._node.create_publisher(
            MultiDOFJointState, "object_reset", RELIABLE
        )
        self._object_reader = ObjectReader("object_states", robot.objects, 1)
        self._shown: ObjectMessage | None = None
        readers = [self._states, self._objects, self._diagnostics] + (
            [self._images] if self._images else []
        )
        self.controller_report: dict[str, str] = {}
        self._waiter = TopicWaiter(context, readers)
        self._reader = JointReader("joint_states", robot.joint_names, 1)
        self._reset_layout = ObjectPlacementLayout([*robot.objects, GOAL], 1)

    def run(
        self,
        count: int,
        stop: threading.Event,
        seed: int = 0,
        on_trial: Callable[[int, Trial], None] = lambda number, trial: None,
        on_image: Callable[[Image], None] = lambda image: None,
    ) -> list[Trial]:
        """Runs `count` trials, fewer if `stop` is set.

        Args:
            count: Number of trials.
            stop: Ends the trials early.
            seed: Seed of the targets.
            on_trial: Called after each trial with the number of trials so far and the trial.
            on_image: Called with each image of the camera.

        Raises:
            SimulatorLost: If a process ends, or no joint states arrive.
        """
        interface = self._interface
        targets = itertools.islice(interface.task.starts(evaluation_generator(seed)), count)
        trials: list[Trial] = []
        for start in targets:
            trial = self._run_one(start, stop, on_image)
            if trial is None:
                break
            trials.append(trial)
            on_trial(len(trials), trial)
        return trials

    def close(self) -> None:
        """Leaves the ROS graph."""
        self._waiter.close()
        for reader in (self._states, self._objects, self._diagnostics, self._images):
            if reader is not None:
                reader.close()
        self._node.destroy_node()

    def _run_one(
        self, start: Start, stop: threading.Event, on_image: Callable[[Image], None]
    ) -> Trial | None:
        interface, robot = self._interface, self._interface.robot
        measurement: TrialMeasurement | None = None
        last_received = sent_since = time.monotonic()
        while not stop.is_set():
            message = self._wait_for_state(on_image)
            now = time.monotonic()
            if (reason := self._exit_reason()) is not None:
                raise SimulatorLost(f"A node died: {reason}.")
            if message is None:
                timeout = _SILENCE_TIMEOUT if measurement else _FIRST_STATE_TIMEOUT
                if now - last_received > timeout:
                    raise SimulatorLost(
                        f"No joint states on {self._states.topic}; is the simulator running?"
                    )
                continue
            last_received = now
            stamp = stamp_ns(message)
            positions, velocities = self._reader.read_known(message)
            if measurement is None:
                if now - sent_since > _FIRST_STATE_TIMEOUT:
                    raise SimulatorLost("The simulator does not move the target to target_pose.")
                if not self._shows(start):
                    # Sent until a state shows it: until publisher and subscriber have discovered
                    # each other, messages are lost.
                    self._send(start, stamp)
                    continue
                measurement = TrialMeasurement(interface, start.goal, stamp)
            if self._shown is None or (robot.objects and self._shown.stamp_ns != stamp):
                continue
            measured = BatchState(
                stamp, positions, velocities, self._shown.poses, self._shown.velocities
            )
            # The present targets are not in joint_states; success does not need them.
            state = interface.state(
                measured,
                start.goal[None],
                positions[:, robot.arm],
                robot.gripper_opening(positions),
            )
            if (trial := measurement.update(stamp, state)) is not None:
                return trial
        return None

    def _shows(self, start: Start) -> bool:
        """Whether the goal, and objects that are placed anew, are where the trial wants them."""
        shown = self._shown
        if shown is None or not np.allclose(shown.goals[0], start.goal, atol=1e-6):
            return False
        near = np.allclose(shown.poses[0, :, :3], start.objects[:, :3], atol=_PLACED)
        return self._interface.task.keeps_objects or near

    def _send(self, start: Start, stamp: int) -> None:
        robot = self._interface.robot
        if self._interface.task.keeps_objects:
            self._targets.publish(target_pose(start.goal, robot.base_frame, stamp))
            return
        placed = np.concatenate([start.objects, [[*start.goal, 0.0, 0.0, 0.0, 1.0]]])
        self._object_resets.publish(self._reset_layout.pack(stamp, np.array([0]), placed[None]))

    def _wait_for_state(self, on_image: Callable[[Image], None]) -> JointState | None:
        """Waits for a joint state; handles images and diagnostics on the way."""
        self._waiter.wait(0.1)
        if self._images is not None and (image := self._images.take()) is not None:
            on_image(image)
        if (objects := self._objects.take()) is not None:
            self._shown = self._object_reader.read_known(objects)
        if (diagnostics := self._diagnostics.take()) is not None:
            for status in diagnostics.status:
                if status.name.endswith(": controller"):
                    self.controller_report = {v.key: v.value for v in status.values}
        return self._states.take()
