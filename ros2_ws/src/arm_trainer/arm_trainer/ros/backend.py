"""The backend over ROS topics: lockstep with a simulator in another process.

At-least-once delivery, exactly-once effect: what gets no answer is sent again, and the simulator
knows a resend by the stamp that it answers. Every wait has a deadline.
"""

import dataclasses
import posixpath
import time
from collections.abc import Callable
from typing import TypeAlias

from rclpy.node import Node
from rclpy.publisher import Publisher
from rclpy.serialization import deserialize_message
from sensor_msgs.msg import JointState

from arm_sim.common.arrays import Floats, Ints
from arm_sim.common.command import Stopped
from arm_sim.robot.robot import Robot
from arm_sim.ros.joint_messages import (
    JointReader,
    RejectedMessage,
    arms_named,
    stamp_ns,
)
from arm_sim.ros.joint_state_cdr import JointLayout, SomeArmsLayout
from arm_sim.ros.node_runtime import ros_context
from arm_sim.ros.subscriptions import NEWEST, RELIABLE, TopicReader, TopicWaiter
from arm_trainer.backends.backend import BatchState, SimulatorLost
from arm_trainer.backends.camera_views import Views
from arm_trainer.ros.state_images import StateImages

_FIRST_RESEND = 0.2
_LARGEST_RESEND = 1.0
_GREETING_PERIOD = 0.1
_POLL = 0.1

# Serialized already, or to be serialized by rclpy.
Message: TypeAlias = JointState | bytes


class RosBackend:
    """N arms behind `joint_states`, `joint_command` and `joint_reset`; see `backend.Backend`.

    With views, also behind their cameras' `image_raw`: a state counts once the images of its very
    stamp are there.

    Attributes:
        state: The last state.
    """

    def __init__(
        self,
        robot: Robot,
        num_arms: int,
        control_period: float,
        *,
        namespace: str = "",
        ros_arguments: list[str] | None = None,
        domain_id: int | None = None,
        connect_timeout: float = 30.0,
        answer_timeout: float = 10.0,
        exit_reason: Callable[[], str | None] = lambda: None,
        stopped: Callable[[], bool] = lambda: False,
        views: Views | None = None,
    ) -> None:
        """Finds the simulator.

        Args:
            robot: The robot that the simulator should have.
            num_arms: Number of arms that it should have.
            control_period: Seconds by which its commands should move time.
            namespace: Where the simulator is, below the node's own namespace; empty if in that.
            ros_arguments: Command line after `--ros-args`: remappings and the like.
            domain_id: ROS domain, or None for the environment's.
            connect_timeout: Seconds to wait for the first state.
            answer_timeout: Seconds to wait for each later one, resending meanwhile.
            exit_reason: Says why the simulator can't answer any more, if that is known, else None.
            stopped: Whether to give up waiting, here and later.
            views: The cameras whose images every state is to have; None for no images.

        Raises:
            SimulatorLost: If none answers in time, or one with other arms or cameras does.
            Stopped: If `stopped` says so.
        """
        self.robot = robot
        self.num_arms = num_arms
        self.control_period = control_period
        self._period_ns = round(control_period * 1e9)
        self._namespace = namespace
        self._answer_timeout = answer_timeout
        self._exit_reason = exit_reason
        self._stopped = stopped
        self._command_layout = JointLayout(robot.command_joints, num_arms, fields=1)
        self._reset_layout = SomeArmsLayout(robot.joint_names, num_arms)
        self._state_layout = JointLayout(robot.joint_names, num_arms, fields=3)
        self._reader = JointReader("joint_states", robot.joint_names, num_arms)
        self._ros = ros_context(["", *(ros_arguments or [])], domain_id)
        self._open = True
        self._images: StateImages | None = None
        context = self._ros.__enter__()
        prefix = f"{namespace}/" if namespace else ""
        try:
            # It logs nothing; and of two rosouts in one process, ROS would warn.
            self._node = Node(
                "arm_trainer",
                context=context,
                start_parameter_services=False,
                enable_rosout=False,
            )
            # What is lost comes again when asked for; DDS need not see to it too.
            self._states = TopicReader(self._node, JointState, f"{prefix}joint_states", NEWEST)
            self._waiter = TopicWaiter(context, [self._states])
            self._commands, self._resets = (
                self._node.create_publisher(JointState, f"{prefix}{topic}", RELIABLE)
                for topic in ("joint_command", "joint_reset")
            )
            self.state = self._greet(connect_timeout)
            self._stamp = self.state.stamp_ns  # Of the state that follows all that was said.
            self._unanswered: list[tuple[Publisher, Message]] = []
            if views is not None:
                self._images = StateImages(self._node, views, num_arms, prefix)
                self._waiter.close()
                self._waiter = TopicWaiter(context, [self._states, *self._images.readers])
                self._send(self._resets, JointState())  # Asks for the state again.
                self._wait_for_state()
        except BaseException:
            self.close()
            raise

    def reset(self, arms: Ints, positions: Floats) -> BatchState:
        """See `backend.Backend`.

        Raises:
            SimulatorLost: If there is no answer in time.
        """
        self.send_reset(arms, positions)
        return self.wait_for_reset()

    def step(self, commands: Floats) -> BatchState:
        """See `backend.Backend`.

        Raises:
            SimulatorLost: If there is no answer in time.
        """
        self.send_step(commands)
        return self.wait_for_step()

    # The two halves of each, so that who has several simulators can set all of them to work.

    def send_reset(self, arms: Ints, positions: Floats) -> None:
        """Sends a reset, once all before it is answered; `wait_for_reset` must follow.

        Raises:
            SimulatorLost: If what came before gets no answer in time.
        """
        if self._unanswered:
            self._wait_for_state()
        self._say(self._resets, self._reset_layout.pack(self._stamp, arms, positions))
        # What follows a reset is known, but for its images: the simulator moves what is named and
        # nothing else. So its answer is not waited for, and comes while the policy thinks.
        known = BatchState(self._stamp, self.state.positions.copy(), self.state.velocities.copy())
        known.positions[arms], known.velocities[arms] = positions, 0.0
        self.state = known

    def wait_for_reset(self) -> BatchState:
        """Returns the state after `send_reset`; raises as `reset`."""
        return self.state if self._images is None else self._wait_for_state()

    def send_step(self, commands: Floats) -> None:
        """Sends commands; `wait_for_step` must follow."""
        self._say(self._commands, self._command_layout.pack(self._stamp, commands))

    def wait_for_step(self) -> BatchState:
        """Returns the state after `send_step`; raises as `step`."""
        return self._wait_for_state()

    def close(self) -> None:
        """Leaves the graph; may be called twice."""
        if self._open:
            self._open = False
            if hasattr(self, "_states"):
                self._states.close()
            if self._images is not None:
                self._images.close()
            if hasattr(self, "_node"):
                self._node.destroy_node()
            self._ros.__exit__(None, None, None)

    def _say(self, publisher: Publisher, message: Message) -> None:
        """Sends a message stamped as the last state, and counts on the state after it."""
        self._unanswered.append((publisher, message))
        self._send(publisher, message)
        self._stamp += self._period_ns

    def _wait_for_state(self) -> BatchState:
        """Waits for the state that follows all that was said, saying it again where needed."""
        answer: BatchState | None = None
        started = time.monotonic()
        resend_after = _FIRST_RESEND
        resend_at = started + resend_after
        asked = asking = False
        while True:
            raw = self._receive(resend_at - time.monotonic())
            if raw is not None:
                state = self._decode(raw)
                if state.stamp_ns == self._stamp:
                    answer = state
                else:
                    self._check_stamp(state.stamp_ns, asked)
            if answer is not None and (whole := self._with_images(answer)) is not None:
                self._unanswered.clear()
                self.state = whole
                return whole
            if time.monotonic() < resend_at:
                continue
            if (reason := self._exit_reason()) is not None:
                raise SimulatorLost(f"The simulator died: {reason}.")
            if time.monotonic() - started > self._answer_timeout:
                if answer is not None and self._images is not None:
                    raise SimulatorLost(self._images.missing(self._stamp, self._answer_timeout))
                raise SimulatorLost(
                    f"The simulator has not answered for {self._answer_timeout:.0f} s "
                    f"(last state at {self._answered_stamp / 1e9:.3f} s); it is gone, or stuck."
                )
            # Every other time, ask where it stands instead: should the simulator be a new one, it
            # refuses our stamp and only this makes it tell its own. (Not both at once: a reset
            # would be overtaken by the question in a queue of depth 1.)
            if asking or not self._unanswered:
                self._send(self._resets, JointState())
                asked = True
            else:
                for publisher, unanswered in self._unanswered:
                    self._send(publisher, unanswered)
            asking = not asking
            resend_after = min(2 * resend_after, _LARGEST_RESEND)
            resend_at = time.monotonic() + resend_after

    @property
    def _answered_stamp(self) -> int:
        return self._stamp - len(self._unanswered) * self._period_ns

    def _check_stamp(self, stamp: int, asked: bool) -> None:
        """Explains a state that is not the one waited for; returns if it is an earlier one."""
        before = self._answered_stamp
        on_the_way = range(before, self._stamp, self._period_ns)
        if stamp > before and stamp not in on_the_way:
            raise SimulatorLost(
                f"The simulator's time went from {before / 1e9:.3f} s to {stamp / 1e9:.3f} s, not "
                f"on by one control period, {self.control_period} s: it has another control_rate, "
                "is not in lockstep, or obeys another client too."
            )
        # Late repeats are of the last states; anything older comes from a simulator started anew.
        if asked and stamp < before - 2 * self._period_ns:
            raise SimulatorLost(
                f"The simulator was restarted: its time went back from {before / 1e9:.3f} s to "
                f"{stamp / 1e9:.3f} s."
            )

    def _greet(self, timeout: float) -> BatchState:
        """Asks for the state until one arrives, and then until nothing more comes; returns it.

        Topics match one by one, so what was sent before they had is lost: hence asking again.
        """
        deadline = time.monotonic() + timeout
        newest: bytes | None = None
        while time.monotonic() < deadline:
            if newest is None or not self._commands.get_subscription_count():
                self._resets.publish(JointState())
            raw = self._receive(_GREETING_PERIOD)
            if raw is not None:
                newest = raw
            elif newest is not None and self._commands.get_subscription_count():
                return self._decode(newest)
            elif (reason := self._exit_reason()) is not None:
                raise SimulatorLost(f"The simulator died: {reason}.")
        if newest is not None:
            raise SimulatorLost(
                f"The simulator on {self._states.topic} publishes unasked: it is not in "
                "lockstep ('-p mode:=lockstep'), or obeys another client too."
            )
        where = posixpath.join(self._node.get_namespace(), self._namespace).rstrip("/")
        there = f" -r __ns:={where}" if where else ""
        raise SimulatorLost(
            f"No simulator in lockstep mode answered on {self._states.topic} within "
            f"{timeout:.0f} s; start one with 'sim_node --ros-args -p mode:=lockstep{there}', "
            "or check ROS_DOMAIN_ID."
        )

    def _send(self, publisher: Publisher, message: Message) -> None:
        publisher.publish(message)

    def _receive(self, timeout: float) -> bytes | None:
        """Returns the next state, or None after `timeout` s or less."""
        if self._stopped():
            raise Stopped
        if not self._waiter.wait(min(timeout, _POLL)):
            return None
        if self._images is not None:
            try:
                self._images.take(self._stamp)
            except RejectedMessage as error:
                raise SimulatorLost(str(error)) from None
        return self._states.take_bytes()

    def _with_images(self, state: BatchState) -> BatchState | None:
        """Returns a state with its images; None while one is missing."""
        if self._images is None:
            return state
        images = self._images.of(state.stamp_ns)
        return None if images is None else dataclasses.replace(state, images=images)

    def _decode(self, raw: bytes) -> BatchState:
        if (known := self._state_layout.unpack(raw)) is not None:
            stamp, (positions, velocities, _) = known
            return BatchState(stamp, positions, velocities)
        # Another simulator, or a robot's driver, may order and fill its message otherwise.
        message = deserialize_message(raw, JointState)
        if (arms := arms_named(message.name)) != self.num_arms:
            # One of several simulators has but a part of what --num-arms says.
            other_way = "" if self._namespace else f"give --num-arms {arms}, or "
            raise SimulatorLost(
                f"The simulator has num_arms {arms}, wanted are {self.num_arms}: {other_way}"
                f"start it with 'num_arms:={self.num_arms}'."
            )
        try:
            return BatchState(stamp_ns(message), *self._reader.read_known(message))
        except RejectedMessage as error:
            raise SimulatorLost(
                f"The simulator's arms are not the {self.num_arms} of '{self.robot.name}' "
                f"expected. {error}"
            ) from None
