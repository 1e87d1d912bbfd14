"""JointStateReader: reads and checks the joints that a controller needs from joint_states."""

from sensor_msgs.msg import JointState

from arm_sim.common.arrays import Floats
from arm_sim.robot.robot import Robot
from arm_sim.ros.joint_messages import JointReader, RejectedMessage

# Measured positions may exceed a joint's limits by this much, rad or m: sensors have noise, and a
# mechanical stop is not perfectly stiff.
_LIMIT_TOLERANCE = 0.05


class JointStateReader:
    """Reads the C joints that a controller commands: those of the arm and of the gripper.

    Attributes:
        joints: (C,) their indices into the robot's joints.
    """

    def __init__(self, robot: Robot) -> None:
        """Prepares for messages about this robot."""
        self.joints = robot.command_indices
        self._names = [robot.joint_names[i] for i in self.joints]
        self._reader = JointReader("joint_states", self._names, 1)
        self._lower = robot.lower[self.joints] - _LIMIT_TOLERANCE
        self._upper = robot.upper[self.joints] + _LIMIT_TOLERANCE

    def read(self, message: JointState) -> tuple[Floats, Floats]:
        """Returns (C,) positions and velocities.

        Raises:
            RejectedMessage: As `JointReader.read_known`; also if velocities are missing, or a
                joint is beyond its limits.
        """
        positions, velocities = (values[0] for values in self._reader.read_known(message))
        if not len(message.velocity):
            raise RejectedMessage(
                "Refused a message on joint_states: it has no velocities, which the policy needs."
            )
        beyond = (positions < self._lower) | (positions > self._upper)
        if beyond.any():
            wrong = ", ".join(
                f"{name} at {position:.3f}"
                for name, position, bad in zip(self._names, positions, beyond, strict=True)
                if bad
            )
            raise RejectedMessage(
                f"Refused a message on joint_states: beyond the joint's limits is {wrong} "
                "(valid: rad and m, within the limits of the model)."
            )
        return positions, velocities
