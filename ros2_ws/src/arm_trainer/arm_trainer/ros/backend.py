"""RosBackend: N arms in a lockstep simulator of another process, over ROS topics."""

import dataclasses
from collections.abc import Callable

import numpy as np
from rclpy.publisher import Publisher

from arm_sim.common.arrays import Floats, Ints
from arm_sim.robot.object_spec import GOAL
from arm_sim.robot.robot import Robot
from arm_sim.ros.joint_state_cdr import JointLayout, SomeArmsLayout
from arm_sim.ros.object_state_cdr import ObjectPlacementLayout
from arm_trainer.backends.backend import BatchState
from arm_trainer.backends.camera_views import Views
from arm_trainer.ros.lockstep_client import LockstepClient
from arm_trainer.ros.simulator_connection import SimulatorConnection
from arm_trainer.ros.state_decoder import StateDecoder
from arm_trainer.tasks.start import Start


class RosBackend:
    """N arms behind `joint_states`, `joint_command` and the resets; see `backend.Backend`.

    With objects, also behind `object_states`, and with views behind their cameras' `image_raw`: a
    state is complete once the messages with its stamp have arrived.

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
        this_host_only: bool = False,
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
            namespace: The simulator's namespace, below the node's own; empty if it is the same.
            ros_arguments: Command line after `--ros-args`: remappings and the like.
            domain_id: ROS domain, or None for the environment's.
            this_host_only: Whether simulators on other hosts are never discovered.
            connect_timeout: Seconds to wait for the first state.
            answer_timeout: Seconds to wait for each later one, resending meanwhile.
            exit_reason: Returns why the simulator has ended, if that is known, else None.
            stopped: Returns whether to give up waiting, here and later.
            views: The cameras whose images every state is to have; None for no images.

        Raises:
            SimulatorLost: If none answers in time, or one with other arms or cameras does.
            Stopped: If `stopped` returns True.
            UserError: If the ROS arguments can't be understood.
        """
        self.robot = robot
        self.num_arms = num_arms
        self.control_period = control_period
        self._command_layout = JointLayout(robot.command_joints, num_arms, fields=1)
        self._reset_layout = SomeArmsLayout(robot.joint_names, num_arms)
        self._goal_layout = ObjectPlacementLayout([GOAL], num_arms)
        self._object_layout = ObjectPlacementLayout([*robot.objects, GOAL], num_arms)
        self._connection = connection = SimulatorConnection(
            namespace=namespace,
            ros_arguments=ros_arguments,
            domain_id=domain_id,
            this_host_only=this_host_only,
            exit_reason=exit_reason,
            stopped=stopped,
        )
        try:
            decoder = StateDecoder(robot, num_arms, namespace)
            self.state = decoder.decode(connection.find_simulator(connect_timeout))
            self._client = LockstepClient(
                connection,
                decoder,
                round(control_period * 1e9),
                answer_timeout,
                self.state.stamp_ns,
            )
            if robot.objects:
                connection.subscribe_to_objects(robot, num_arms)
            if views is not None:
                connection.subscribe_to_images(views, num_arms)
            if robot.objects or views is not None:
                connection.request_state()
                self.state = self._client.wait_for_state()
        except BaseException:
            connection.close()
            raise

    def reset(self, arms: Ints, starts: Start) -> BatchState:
        """See `backend.Backend`.

        Raises:
            SimulatorLost: If there is no answer in time.
        """
        self.send_reset(arms, starts)
        return self.wait_for_reset()

    def move_goals(self, arms: Ints, goals: Floats, objects: Floats | None = None) -> BatchState:
        """See `backend.Backend`.

        Raises:
            SimulatorLost: If there is no answer in time.
        """
        self.send_goals(arms, goals, objects)
        return self.wait_for_reset()

    def step(self, commands: Floats) -> BatchState:
        """See `backend.Backend`.

        Raises:
            SimulatorLost: If there is no answer in time.
        """
        self.send_step(commands)
        return self.wait_for_step()

    # The two halves of each call, so that several simulators can work at the same time.

    def send_reset(self, arms: Ints, starts: Start) -> None:
        """Sends resets of objects and joints; then call `wait_for_reset`.

        All messages before them are acknowledged first.

        Raises:
            SimulatorLost: If an earlier message gets no answer in time.
        """
        self.send_goals(arms, starts.goal, starts.objects)
        positions, velocities = self.state.positions.copy(), self.state.velocities.copy()
        positions[arms], velocities[arms] = starts.positions, 0.0
        raw = self._reset_layout.pack(self._client.stamp_ns, arms, starts.positions)
        self._send(self._connection.resets, raw, positions=positions, velocities=velocities)

    def send_goals(self, arms: Ints, goals: Floats, objects: Floats | None = None) -> None:
        """Sends a reset of goals and given objects; then call `wait_for_reset`; raises as it."""
        if self._client.unacknowledged:
            self.state = self._client.wait_for_state()
        placed: Floats = np.zeros((len(arms), 1, 7))
        placed[:, 0, :3], placed[:, 0, 6] = goals, 1.0
        poses, velocities = self.state.objects, self.state.object_velocities
        layout = self._goal_layout
        if objects is not None and objects.size:
            layout, placed = self._object_layout, np.concatenate([objects, placed], axis=1)
            poses, velocities = poses.copy(), velocities.copy()
            poses[arms], velocities[arms] = objects, 0.0
        raw = layout.pack(self._client.stamp_ns, arms, placed)
        resets = self._connection.object_resets
        self._send(resets, raw, objects=poses, object_velocities=velocities)

    def _send(self, publisher: Publisher, raw: bytes, **changed: Floats) -> None:
        """Sends a reset, and takes the state after it to be this one but for what it changes.

        It is, except for images: the simulator places what is named and does nothing else. So its
        answer is not waited for; it comes while the policy computes.
        """
        self._client.send(publisher, raw)
        self.state = dataclasses.replace(
            self.state, stamp_ns=self._client.stamp_ns, images=None, **changed
        )

    def wait_for_reset(self) -> BatchState:
        """Returns the state after `send_reset`; raises as `reset`."""
        if self._connection.images is not None:
            self.state = self._client.wait_for_state()
        return self.state

    def send_step(self, commands: Floats) -> None:
        """Sends commands; then call `wait_for_step`."""
        client = self._client
        client.send(self._connection.commands, self._command_layout.pack(client.stamp_ns, commands))

    def wait_for_step(self) -> BatchState:
        """Returns the state after `send_step`; raises as `step`."""
        self.state = self._client.wait_for_state()
        return self.state

    def close(self) -> None:
        """Leaves the graph; may be called twice."""
        self._connection.close()
