"""Messages that move the target: `target_pose`."""

from geometry_msgs.msg import PoseStamped

from arm_sim.common.arrays import Floats
from arm_sim.ros.joint_messages import set_stamp


def target_pose(position: Floats, base_frame: str, stamp_ns: int) -> PoseStamped:
    """Returns a target_pose message.

    Args:
        position: (3,) where the target is to be, in the base frame, m.
        base_frame: Name of the robot's base frame.
        stamp_ns: The message's stamp, ns.
    """
    message = PoseStamped()
    message.header.frame_id = base_frame
    set_stamp(message.header.stamp, stamp_ns)
    point = message.pose.position
    point.x, point.y, point.z = map(float, position)
    return message
