"""JointStateReader: what a controller needs of joint_states, and nothing that can't be."""

from sensor_msgs.msg import JointState

from arm_sim.common.arrays import Floats
from arm_sim.robot.robot import Robot
from arm_sim.ros.joint_messages import JointReader, RejectedMessage

# How far beyond its limits a joint may be seen, for noise and for what a limit gives, rad or m.
_BEYOND = 0.05


class JointStateReader:
    """Reads the joints that a controller needs of joint_states, without the target's."""

    def __init__(self, robot: Robot) -> None:
        """Prepares for messages about this robot."""
        body = robot.command_indices
        self._names = [robot.joint_names[i] for i in body]
        self._reader = JointReader("joint_states", self._names, 1)
        self._lower, self._upper = robot.lower[body] - _BEYOND, robot.upper[body] + _BEYOND

    def read(self, message: JointState) -> tuple[Floats, Floats]:
        """Returns (C,) positions and velocities.

        Raises:
            RejectedMessage: As `JointReader.read_known`, or if velocities are missing, or a joint
                is where it can't be.
        """
        positions, velocities = (values[0] for values in self._reader.read_known(message))
        if not len(message.velocity):
            raise RejectedMessage(
                "Refused a message on joint_states: it has no velocities, which the policy sees."
            )
        beyond = (positions < self._lower) | (positions > self._upper)
        if beyond.any():
            seen = ", ".join(
                f"{name} at {position:.3f}"
                for name, position, bad in zip(self._names, positions, beyond, strict=True)
                if bad
            )
            raise RejectedMessage(
                f"Refused a message on joint_states: beyond the joint's limits is {seen} "
                "(valid: rad and m, within the limits of the model)."
            )
        return positions, velocities
