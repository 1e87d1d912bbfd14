"""RosBackend: N arms in a lockstep simulator of another process, over ROS topics."""

from collections.abc import Callable

import numpy as np

from arm_sim.common.arrays import Floats, Ints
from arm_sim.robot.robot import Robot
from arm_sim.ros.joint_state_cdr import JointLayout, SomeArmsLayout
from arm_trainer.backends.backend import BatchState
from arm_trainer.backends.camera_views import Views
from arm_trainer.ros.lockstep_client import LockstepClient
from arm_trainer.ros.simulator_connection import SimulatorConnection
from arm_trainer.ros.state_decoder import StateDecoder


class RosBackend:
    """N arms behind `joint_states`, `joint_command` and `joint_reset`; see `backend.Backend`.

    With views, also behind their cameras' `image_raw`: a state is complete once the images with its
    stamp have arrived.

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
        target_names = [robot.joint_names[joint] for joint in robot.target]
        self._goal_layout = SomeArmsLayout(target_names, num_arms)
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
            if views is not None:
                connection.subscribe_to_images(views, num_arms)
                connection.request_state()
                self.state = self._client.wait_for_state()
        except BaseException:
            connection.close()
            raise

    def reset(self, arms: Ints, positions: Floats) -> BatchState:
        """See `backend.Backend`.

        Raises:
            SimulatorLost: If there is no answer in time.
        """
        self.send_reset(arms, positions)
        return self.wait_for_reset()

    def move_goals(self, arms: Ints, goals: Floats) -> BatchState:
        """See `backend.Backend`: a reset that names the target's joints only.

        Raises:
            SimulatorLost: If there is no answer in time.
        """
        self.send_goals(arms, goals)
        return self.wait_for_reset()

    def step(self, commands: Floats) -> BatchState:
        """See `backend.Backend`.

        Raises:
            SimulatorLost: If there is no answer in time.
        """
        self.send_step(commands)
        return self.wait_for_step()

    # The two halves of each call, so that several simulators can work at the same time.

    def send_reset(self, arms: Ints, positions: Floats) -> None:
        """Sends a reset, once all messages before it are acknowledged; then call `wait_for_reset`.

        Raises:
            SimulatorLost: If an earlier message gets no answer in time.
        """
        self._send_placement(self._reset_layout, arms, np.arange(len(self.robot.home)), positions)

    def send_goals(self, arms: Ints, goals: Floats) -> None:
        """Sends a reset of the target's joints; then call `wait_for_reset`; raises as it."""
        self._send_placement(self._goal_layout, arms, self.robot.target, goals)

    def _send_placement(
        self, layout: SomeArmsLayout, arms: Ints, joints: Ints, positions: Floats
    ) -> None:
        """Places joints of arms (k,) at positions (k, J)."""
        client = self._client
        if client.unacknowledged:
            self.state = client.wait_for_state()
        client.send(self._connection.resets, layout.pack(client.stamp_ns, arms, positions))
        # The state after a reset is known, except for its images: the simulator moves the named
        # joints and nothing else. So its answer is not waited for; it comes while the policy
        # computes.
        positions_then, velocities_then = self.state.positions.copy(), self.state.velocities.copy()
        placed = np.ix_(arms, joints)
        positions_then[placed], velocities_then[placed] = positions, 0.0
        self.state = BatchState(client.stamp_ns, positions_then, velocities_then)

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
