"""With camera_info and the URDF's optical frame, a point in space is found in the image."""

import io

import numpy as np
import pytest
import yourdfpy
from cv_bridge import CvBridge
from sensor_msgs.msg import CameraInfo, Image, JointState
from std_msgs.msg import String

from arm_sim.ros.joint_messages import stamp_ns
from arm_sim.ros.subscriptions import LATCHED
from support.graph import Graph
from support.messages import placed
from support.processes import Start

CAMERAS = ("front_camera", "side_camera", "top_camera")
# In full view of every camera with the arm at home, and off the optical axes.
TARGETS = [(1.0, 0.3, 1.15), (0.9, -0.4, 1.0), (0.5, -0.25, 1.15), (0.6, -0.4, 0.7)]


def where_red_is(pixels: np.ndarray) -> np.ndarray:
    """The middle (u, v) of the red pixels, px; a pixel's middle is at its index + 0.5."""
    red, green, blue = np.moveaxis(pixels.astype(int), 2, 0)
    rows, columns = np.nonzero((red > 100) & (red > 2 * green) & (red > 2 * blue))
    assert len(rows) >= 20, "the target is hidden"
    return np.array([columns.mean(), rows.mean()]) + 0.5


@pytest.mark.parametrize(("width", "height"), [(320, 240), (400, 200), (270, 300)])
def test_the_target_is_where_camera_info_says(
    start: Start, graph: Graph, width: int, height: int
) -> None:
    start("sim_node", mode="lockstep", image_width=width, image_height=height)
    images = {name: graph.reader(Image, f"{name}/image_raw") for name in CAMERAS}
    infos = {name: graph.reader(CameraInfo, f"{name}/camera_info") for name in CAMERAS}
    states = graph.reader(JointState, "joint_states")
    text = graph.reader(String, "robot_description", LATCHED).next(timeout=20).data
    described = yourdfpy.URDF.load(io.BytesIO(text.encode()), load_meshes=False)
    stamp = 0
    seen: dict[str, list[np.ndarray]] = {name: [] for name in CAMERAS}
    for target in TARGETS:
        graph.publish("object_reset", placed({"target": target}, stamp))
        state = states.next(accept=lambda state, last=stamp: stamp_ns(state) > last)
        stamp = stamp_ns(state)
        described.update_cfg(dict(zip(state.name, state.position, strict=True)))
        for name in CAMERAS:
            image = images[name].next(accept=lambda message, at=stamp: stamp_ns(message) == at)
            info = infos[name].next(accept=lambda message, at=stamp: stamp_ns(message) == at)
            assert (info.width, info.height) == (image.width, image.height) == (width, height)
            assert info.header.frame_id == image.header.frame_id
            assert list(info.d) == [0.0] * 5  # So K alone projects.
            to_camera = np.linalg.inv(described.get_transform(info.header.frame_id))
            position = to_camera @ [*target, 1.0]
            u, v, depth = info.k.reshape(3, 3) @ position[:3]
            assert depth > 0
            found = where_red_is(CvBridge().imgmsg_to_cv2(image, "rgb8"))
            assert np.abs(found - np.array([u, v]) / depth).max() < 1.0, (name, target)
            seen[name].append(found)
    for name, places in seen.items():
        assert np.ptp(places, axis=0).min() > 20.0, name  # They were places apart.
