"""Makes and changes messages that tests publish."""

from geometry_msgs.msg import PoseStamped
from sensor_msgs.msg import JointState

from arm_sim.ros.joint_messages import set_stamp


def pose(target: tuple[float, float, float], frame: str = "base_link") -> PoseStamped:
    """A pose at a position (m) in a frame, without rotation."""
    message = PoseStamped()
    message.header.frame_id = frame
    position = message.pose.position
    position.x, position.y, position.z = target
    message.pose.orientation.w = 1.0
    return message


def without(state: JointState, *joints: str) -> JointState:
    """The same state, from a driver that does not report some joints."""
    kept = [i for i, name in enumerate(state.name) if name not in joints]
    return JointState(
        header=state.header,
        name=[state.name[i] for i in kept],
        position=[state.position[i] for i in kept],
        velocity=[state.velocity[i] for i in kept],
    )


def stamped(state: JointState, time_ns: int) -> JointState:
    """Sets the stamp of a state, and returns the state."""
    set_stamp(state.header.stamp, time_ns)
    return state
