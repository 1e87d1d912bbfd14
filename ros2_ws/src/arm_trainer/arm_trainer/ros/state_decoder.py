"""StateDecoder: serialized `joint_states` messages to states of all arms."""

import dataclasses

from rclpy.serialization import deserialize_message
from sensor_msgs.msg import JointState

from arm_sim.common.arrays import Floats
from arm_sim.robot.robot import Robot
from arm_sim.ros.joint_messages import JointReader, RejectedMessage, count_arms, stamp_ns
from arm_sim.ros.joint_state_cdr import JointLayout
from arm_trainer.backends.backend import BatchState, SimulatorLost


class StateDecoder:
    """Decodes the states of N arms of one robot."""

    def __init__(self, robot: Robot, num_arms: int, namespace: str = "") -> None:
        """Prepares to decode.

        Args:
            robot: The robot that the simulator should have.
            num_arms: Number of arms that it should have, N.
            namespace: The simulator's namespace, if it is one of several.
        """
        self._robot_name = robot.name
        self._home = BatchState.at_home(robot, num_arms)
        self._num_arms = num_arms
        self._namespace = namespace
        self._layout = JointLayout(robot.joint_names, num_arms, fields=3)
        self._reader = JointReader("joint_states", robot.joint_names, num_arms)

    def _state(self, stamp: int, positions: Floats, velocities: Floats) -> BatchState:
        return dataclasses.replace(
            self._home, stamp_ns=stamp, positions=positions, velocities=velocities
        )

    def decode(self, raw: bytes) -> BatchState:
        """Returns the state in a serialized JointState, with all objects at home.

        Raises:
            SimulatorLost: If it is of other arms than expected.
        """
        if (known := self._layout.unpack(raw)) is not None:
            stamp, (positions, velocities, _) = known
            return self._state(stamp, positions, velocities)
        # Another simulator, or a robot's driver, may order and fill its message otherwise.
        message = deserialize_message(raw, JointState)
        if (arms := count_arms(message.name)) != self._num_arms:
            # One of several simulators has a part of the arms that --num-arms says.
            other_way = "" if self._namespace else f"give --num-arms {arms}, or "
            raise SimulatorLost(
                f"The simulator has num_arms {arms}, wanted are {self._num_arms}: {other_way}"
                f"start it with 'num_arms:={self._num_arms}'."
            )
        try:
            return self._state(stamp_ns(message), *self._reader.read_known(message))
        except RejectedMessage as error:
            raise SimulatorLost(
                f"The simulator's arms are not the {self._num_arms} of '{self._robot_name}' "
                f"expected. {error}"
            ) from None
