"""In lockstep with cameras, all that belongs to a state has its stamp."""

from cv_bridge import CvBridge
from rosgraph_msgs.msg import Clock
from sensor_msgs.msg import CameraInfo, Image, JointState

from arm_sim.ros.joint_messages import stamp_ns
from support.graph import Graph
from support.lockstep import PERIOD_NS, home_command, last_state
from support.processes import Start


def test_images_clock_and_states_share_their_stamps(start: Start, graph: Graph) -> None:
    start("sim_node", mode="lockstep", image_width=64, image_height=48, num_arms=1)
    cameras = [f"{name}_camera" for name in ("front", "side", "top")]
    images = [graph.reader(Image, f"{name}/image_raw") for name in cameras]
    infos = [graph.reader(CameraInfo, f"{name}/camera_info") for name in cameras]
    clock = graph.reader(Clock, "clock")
    states = graph.reader(JointState, "joint_states")
    first = last_state(graph, states)
    assert stamp_ns(first) == 0
    graph.publish("joint_command", home_command(first))
    stamp = states.next(accept=lambda state: stamp_ns(state) == PERIOD_NS).header.stamp
    assert clock.next(accept=lambda message: message.clock == stamp)
    for name, listener, info in zip(cameras, images, infos, strict=True):
        image = listener.next(accept=lambda message: message.header.stamp == stamp)
        assert (image.width, image.height, image.encoding) == (64, 48, "rgb8")
        assert image.header.frame_id == f"{name}_optical_frame"
        pixels = CvBridge().imgmsg_to_cv2(image, "rgb8")
        assert pixels.std() > 20  # Something is to be seen.
        described = info.next(accept=lambda message: message.header.stamp == stamp)
        assert (described.width, described.height) == (64, 48)
        assert (described.k[2], described.k[5]) == (32.0, 24.0)
