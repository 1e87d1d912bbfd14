"""The simulator as a ROS 2 node: parameters, topics, the lockstep and the real-time clock.

Physics is in `simulation.py`, images in `camera_publisher.py`, checks of messages in
`joint_messages.py`, commands in real time in `realtime_commands.py`.
The wire contract is described in docs/wire.md.
"""

import functools
import os
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from diagnostic_msgs.msg import DiagnosticArray, DiagnosticStatus, KeyValue
from geometry_msgs.msg import PointStamped, PoseStamped
from rclpy.logging import get_logging_directory
from rclpy.node import Node
from rclpy.serialization import deserialize_message
from rosgraph_msgs.msg import Clock
from sensor_msgs.msg import JointState
from std_msgs.msg import String

from arm_sim.common.arrays import Floats, Ints
from arm_sim.common.cpu_affinity import pin_to_main_core
from arm_sim.common.errors import UserError
from arm_sim.rendering.camera_worker_pool import CameraWorkerPool
from arm_sim.rendering.software_rendering import render_on_calling_thread
from arm_sim.rendering.web_viewer import WebViewer
from arm_sim.robot.loader import load_robot
from arm_sim.robot.urdf import urdf
from arm_sim.ros.camera_publisher import CameraPublisher
from arm_sim.ros.joint_messages import (
    JointReader,
    RejectedMessage,
    command_reader,
    read_target,
    set_stamp,
    stamp_ns,
)
from arm_sim.ros.joint_state_cdr import JointLayout, SomeArmsLayout
from arm_sim.ros.node_runtime import declare_parameters, run_node
from arm_sim.ros.realtime_commands import RealtimeCommands
from arm_sim.ros.sim_parameters import LATENCIES, SimParameters
from arm_sim.ros.subscriptions import (
    LATCHED,
    NEWEST,
    RELIABLE,
    TARGET_TOPICS,
    TopicReader,
    TopicWaiter,
    target_readers,
)
from arm_sim.simulation.delay_line import DelayLine
from arm_sim.simulation.simulation import Divergence, Simulation

# rclpy throttles each place of a warning on its own, so every place calls the logger itself.
_THROTTLE = 1.0
_DIAGNOSTICS_PERIOD = 1.0
# How far real time may run ahead before the simulator gives up catching up, s.
_LARGEST_LAG = 0.25
# Positions (N, J) and reset_counts (N,) to draw images of.
_Seen = tuple[Floats, Ints]
# Stamp (ns), what to draw, if anything, and the state as published.
_Observation = tuple[int, _Seen | None, bytes]


class SimNode:
    """Publishes one simulation; `run` is its loop."""

    def __init__(self, node: Node) -> None:
        """Declares the parameters, builds the simulation and its topics.

        Raises:
            UserError: If a parameter is wrong.
        """
        self._node = node
        self._logger = node.get_logger()
        self.parameters = declare_parameters(node, SimParameters)
        p = self.parameters
        self._robot = load_robot(p.model)
        unknown = [name for name in self._camera_names() if name not in self._robot.cameras]
        if unknown:
            valid = ", ".join(self._robot.cameras)
            raise UserError(f"Unknown cameras {', '.join(unknown)} (valid: all, none, {valid}).")
        if p.mode == "lockstep" and any(getattr(p, name) for name in LATENCIES):
            raise UserError(
                f"{', '.join(LATENCIES)} must be 0 in lockstep, where messages move time: "
                "there, 'evaluate --latency' simulates latency."
            )
        self._simulation = Simulation(self._robot, p.num_arms, 1.0 / p.control_rate, p.threads)
        self._rejected = 0
        self._diverged = 0
        self._published = 0
        self._bad_before = 0
        self._next_diagnostics = time.monotonic() + _DIAGNOSTICS_PERIOD
        self._previous_count = (time.monotonic(), 0)

        names = self._robot.joint_names
        self._state_layout = JointLayout(names, p.num_arms, fields=3)
        self._reset_layout = SomeArmsLayout(names, p.num_arms)
        self._reset_reader = JointReader("joint_reset", names, p.num_arms)
        self._states = node.create_publisher(JointState, "joint_states", RELIABLE)
        self._clock = node.create_publisher(Clock, "clock", RELIABLE)
        self._diagnostics = node.create_publisher(DiagnosticArray, "diagnostics", RELIABLE)
        self._description = node.create_publisher(String, "robot_description", LATCHED)
        self._description.publish(String(data=urdf(self._robot)))
        self._resets = TopicReader(node, JointState, "joint_reset")
        if p.mode == "lockstep":
            # Not among what the loop waits for, as every reader costs each tick some microseconds.
            for topic, message_type in TARGET_TOPICS.items():
                node.create_subscription(
                    message_type, topic, functools.partial(self._refuse_target, topic), RELIABLE
                )
            self._command_layout = JointLayout(self._robot.command_joints, p.num_arms, fields=1)
            self._command_reader = command_reader(self._robot, p.num_arms)
            # What is lost is sent again by who waits for the answer; DDS need not see to it too.
            self._commands = TopicReader(node, JointState, "joint_command", NEWEST)
            readers = [self._commands]
        else:
            self._targets = target_readers(node)
            line = DelayLine[Any](p.command_delay, p.command_jitter, seed=0)
            self._steering = RealtimeCommands(
                node, self._simulation, p.command_timeout, line, self._reject
            )
            readers = [*self._steering.readers, *self._targets]
        self._observations: DelayLine[_Observation] | None = None
        if p.observation_delay or p.observation_jitter:
            self._observations = DelayLine(p.observation_delay, p.observation_jitter, seed=1)
        self._waiter = TopicWaiter(node.context, [self._resets, *readers])
        self._images = CameraPublisher(
            node, self._camera_names(), self._make_rig, threaded=p.mode == "realtime"
        )
        self._web_view = WebViewer(self._robot, p.web_port) if p.web_port else None

    def run(self, stop: threading.Event) -> None:
        """Serves until `stop` is set."""
        p = self.parameters
        self._logger.info(
            f"{self._robot.name}: {p.num_arms} arm(s) in {p.mode} mode, "
            f"joints {', '.join(self._robot.joint_names)}"
        )
        if self._web_view is not None:
            self._logger.info(f"In a browser on this machine: {self._web_view.address}")
        try:
            with self._images:
                if p.mode == "lockstep":
                    self._run_lockstep(stop)
                else:
                    self._run_realtime(stop)
        finally:
            if self._web_view is not None:
                self._web_view.close()

    # Lockstep: only messages move time.

    def _run_lockstep(self, stop: threading.Event) -> None:
        if not self.parameters.threads:
            pin_to_main_core()
        # The stamp that the last message answered; a message that answers it again is a resend.
        self._answered = -1
        # A command that overtook the reset before it.
        self._early: bytes | None = None
        self._publish()
        while not stop.is_set():
            if self._waiter.wait(0.1):
                # In this order: a reset sent before the command is nearly always here by now.
                command, reset = self._commands.take_bytes(), self._resets.take_bytes()
                if reset is not None:
                    self._on_reset(reset)
                if command is not None:
                    self._on_command(command)
            self._show()
            self._diagnose_if_due()

    def _on_reset(self, raw: bytes) -> None:
        simulation = self._simulation
        if (known := self._reset_layout.unpack(raw)) is not None:
            stamp, arms, positions = known
            place = lambda: simulation.place_arms(arms, positions)  # noqa: E731
        else:
            message = deserialize_message(raw, JointState)
            if not message.name:
                # One of no joint asks where things stand: so a client learns the stamp.
                self._publish()
                return
            stamp, read = stamp_ns(message), self._reset_reader.read_some
            place = lambda: simulation.place(*read(message))  # noqa: E731

        def act() -> None:
            place()
            simulation.skip_period()

        self._on_lockstep(stamp, act)
        if (command := self._early) is not None:
            self._early = None
            self._on_command(command)

    def _on_command(self, raw: bytes) -> None:
        simulation = self._simulation
        if (known := self._command_layout.unpack(raw)) is not None:
            stamp, (commands,) = known
            act = lambda: self._report(simulation.step(commands))  # noqa: E731
        else:
            message = deserialize_message(raw, JointState)
            stamp = stamp_ns(message)
            read = self._command_reader.read_all
            act = lambda: self._report(simulation.step(read(message)[0]))  # noqa: E731
        if stamp == simulation.time_ns + simulation.period_ns:
            self._early = raw
        else:
            self._on_lockstep(stamp, act)

    def _on_lockstep(self, stamp: int, act: Callable[[], None]) -> None:
        """Acts on what answers the last stamp, repeats the state for a resend, refuses the rest."""
        now = self._simulation.time_ns
        if stamp == now:
            try:
                act()
            except RejectedMessage as error:
                self._reject(str(error))
                return
            self._answered = stamp
            self._publish()
        elif stamp == self._answered:
            self._publish()
        else:
            self._reject(
                f"Refused a message that answers stamp {stamp / 1e9:.9f}: the last state's is "
                f"{now / 1e9:.9f}, and only that, or a resend of what answered "
                f"{self._answered / 1e9:.9f}, is valid."
            )

    def _refuse_target(self, topic: str, _: PoseStamped | PointStamped) -> None:
        self._logger.warning(
            f"Ignored a message on {self._node.resolve_topic_name(topic)}: in lockstep, place the "
            "target with joint_reset.",
            throttle_duration_sec=_THROTTLE,
        )

    # Real time: physics follows the wall clock.

    def _run_realtime(self, stop: threading.Event) -> None:
        p = self.parameters
        simulation = self._simulation
        substeps = self._substeps_per_state()
        period_ns = substeps * simulation.substep_ns
        due = time.monotonic()
        next_images_ns = 0
        while not stop.is_set():
            while (left := due - time.monotonic()) > 0 and not stop.is_set():
                if self._waiter.wait(min(left, 0.1)):
                    self._take_realtime()
            self._take_realtime()
            self._steering.steer(period_ns)
            self._report(simulation.advance(substeps))
            self._publish(images=simulation.time_ns >= next_images_ns)
            if simulation.time_ns >= next_images_ns:
                next_images_ns += round(1e9 / p.camera_rate)
            due += period_ns / 1e9 / p.realtime_factor
            if time.monotonic() - due > _LARGEST_LAG:
                self._logger.warning(
                    f"Can't keep up with {p.realtime_factor} × real time: simulated time lags.",
                    throttle_duration_sec=_THROTTLE,
                )
                due = time.monotonic()
            self._show()
            self._diagnose_if_due()

    def _substeps_per_state(self) -> int:
        period_ns = round(1e9 / self.parameters.state_rate)
        substeps, rest = divmod(period_ns, self._simulation.substep_ns)
        if rest:
            raise UserError(
                f"state_rate is {self.parameters.state_rate} Hz; its period must be a multiple of "
                f"the model's timestep, {self._simulation.substep_ns / 1e9} s."
            )
        return substeps

    def _take_realtime(self) -> None:
        try:
            if (message := self._resets.take()) is not None:
                mask, positions, velocities = self._reset_reader.read_some(message)
                self._simulation.place(mask, positions, velocities)
                if mask[:, self._robot.command_indices].any():
                    self._steering.leave_trajectory()  # It would take the arm back.
            self._steering.take()
            for targets in self._targets:
                if (message := targets.take()) is not None:
                    self._move_target(message)
        except RejectedMessage as error:
            self._reject(str(error))

    def _move_target(self, message: PoseStamped | PointStamped) -> None:
        position = read_target(message, self._robot.base_frame)
        mask = np.zeros(self._simulation.positions.shape, bool)
        mask[:, self._robot.target] = True
        positions = np.zeros(mask.shape)
        positions[:, self._robot.target] = position
        self._simulation.place(mask, positions, np.zeros(mask.shape))

    # What goes out.

    def _camera_names(self) -> tuple[str, ...]:
        wanted = self.parameters.cameras
        if wanted == "all":
            return self._robot.cameras
        return () if wanted == "none" else tuple(name.strip() for name in wanted.split(","))

    def _make_rig(self) -> CameraWorkerPool:
        p = self.parameters
        size = (p.image_width, p.image_height)
        return CameraWorkerPool(
            self._robot,
            self._camera_names(),
            *size,
            p.image_quality,
            p.appearance,
            num_arms=p.num_arms,
            cores=p.threads,
        )

    def _publish(self, images: bool = True) -> None:
        simulation = self._simulation
        now = simulation.time_ns
        state = self._state_layout.pack(
            now, simulation.positions, simulation.velocities, simulation.efforts
        )
        if self._clock.get_subscription_count():
            clock = Clock()
            set_stamp(clock.clock, now)
            self._clock.publish(clock)
        if self._observations is None:
            seen = (simulation.positions, simulation.reset_counts) if images else None
            self._publish_observation(now, seen, state)
        else:
            late = (simulation.positions.copy(), simulation.reset_counts.copy()) if images else None
            self._observations.put(now, (now, late, state))
            for observation in self._observations.take(now):
                self._publish_observation(*observation)

    def _publish_observation(self, time_ns: int, seen: _Seen | None, state: bytes) -> None:
        if seen is not None:
            self._images.publish(time_ns, *seen)
        self._states.publish(state)
        self._published += 1

    def _show(self) -> None:
        if self._web_view is None:
            return
        try:
            self._web_view.show(self._simulation.positions[0], self._simulation.time_ns / 1e9)
        except Exception as error:  # Whatever happened on the viewer's thread; nobody needs it.
            self._logger.error(f"The view in the browser has ended: {error}")
            self._web_view.close()
            self._web_view = None

    def _report(self, divergences: list[Divergence]) -> None:
        for found in divergences:
            self._diverged += 1
            file = (
                Path(str(get_logging_directory()))
                / f"divergence_{os.getpid()}_{self._diverged}_arm_{found.arm}.npz"
            )
            kept = f"its last states are in {file}"
            try:
                file.parent.mkdir(parents=True, exist_ok=True)
                np.savez(file, joint_names=self._robot.joint_names, **vars(found))
            except OSError as error:
                kept = f"its last states could not be written to {file}: {error.strerror}"
            self._logger.error(
                f"arm_{found.arm} diverged at {found.time_ns / 1e9:.3f} s, is back at home; {kept}"
            )

    def _reject(self, sentence: str) -> None:
        self._rejected += 1
        self._logger.warning(sentence, throttle_duration_sec=_THROTTLE)

    def _diagnose_if_due(self) -> None:
        now = time.monotonic()
        if now < self._next_diagnostics:
            return
        self._next_diagnostics = now + _DIAGNOSTICS_PERIOD
        then, count = self._previous_count
        self._previous_count = (now, self._published)
        bad = self._rejected + self._diverged - self._bad_before  # Since the last report.
        self._bad_before += bad
        status = DiagnosticStatus(
            level=DiagnosticStatus.WARN if bad else DiagnosticStatus.OK,
            name=f"{self._node.get_name()}: simulation",
            message=f"{self._rejected} messages refused, {self._diverged} states diverged"
            if bad
            else "running",
            hardware_id=self._robot.name,
            values=[
                KeyValue(key="mode", value=self.parameters.mode),
                KeyValue(key="arms", value=str(self.parameters.num_arms)),
                KeyValue(
                    key="state rate (Hz)", value=f"{(self._published - count) / (now - then):.1f}"
                ),
                KeyValue(key="refused messages", value=str(self._rejected)),
                KeyValue(key="diverged states", value=str(self._diverged)),
                KeyValue(key="GL renderer", value=self._images.renderer),
            ],
        )
        message = DiagnosticArray(status=[status])
        set_stamp(message.header.stamp, self._simulation.time_ns)
        self._diagnostics.publish(message)


def main() -> None:
    """Entry point of `ros2 run arm_sim sim_node`."""
    render_on_calling_thread()
    run_node("sim_node", SimParameters, lambda context: Node("arm_sim", context=context), SimNode)


if __name__ == "__main__":
    main()
