"""Makes, changes and reads messages of tests."""

from collections.abc import Mapping, Sequence
from typing import Any

from geometry_msgs.msg import PoseStamped, Transform
from sensor_msgs.msg import JointState, MultiDOFJointState

from arm_sim.ros.joint_messages import set_stamp


def pose(target: tuple[float, float, float], frame: str = "base_link") -> PoseStamped:
    """A pose at a position (m) in a frame, without rotation."""
    message = PoseStamped()
    message.header.frame_id = frame
    position = message.pose.position
    position.x, position.y, position.z = target
    message.pose.orientation.w = 1.0
    return message


def placed(positions: Mapping[str, Sequence[float]], time_ns: int = 0) -> MultiDOFJointState:
    """An `object_reset` or `object_states` that has each name upright at a position, m, at rest."""
    message = MultiDOFJointState(joint_names=list(positions))
    set_stamp(message.header.stamp, time_ns)
    for position in positions.values():
        transform = Transform()
        place, transform.rotation.w = transform.translation, 1.0
        place.x, place.y, place.z = map(float, position)
        message.transforms.append(transform)
    return message


def place_of(message: MultiDOFJointState, name: str = "target") -> list[float]:
    """The position, m, that a message gives for a name."""
    place = message.transforms[message.joint_names.index(name)].translation
    return [place.x, place.y, place.z]


def without(state: JointState, *joints: str) -> JointState:
    """The same state, from a driver that does not report some joints."""
    kept = [i for i, name in enumerate(state.name) if name not in joints]
    return JointState(
        header=state.header,
        name=[state.name[i] for i in kept],
        position=[state.position[i] for i in kept],
        velocity=[state.velocity[i] for i in kept],
    )


def stamped(state: Any, time_ns: int) -> Any:
    """Sets the stamp of a state, of joints or objects, and returns the state."""
    set_stamp(state.header.stamp, time_ns)
    return state
