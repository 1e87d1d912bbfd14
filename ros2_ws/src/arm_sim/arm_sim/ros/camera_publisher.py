"""CameraPublisher: camera images and their intrinsics as topics.

In lockstep the images are published before the state to which they belong, with its stamp.
"""

import array
import threading
from collections.abc import Callable, Sequence

from rclpy.node import Node
from sensor_msgs.msg import CameraInfo, Image

from arm_sim.common.arrays import Floats, Ints
from arm_sim.common.errors import UserError
from arm_sim.rendering.camera_rig import CameraRig
from arm_sim.robot.urdf import optical_frame
from arm_sim.ros.joint_messages import set_stamp
from arm_sim.ros.subscriptions import RELIABLE


class CameraPublisher:
    """Renders and publishes images: in lockstep in `publish` itself, in real time on a thread.

    In real time a frame may take longer than a state period, and the physics must not wait for it;
    a request that comes while the last one is still being rendered replaces the one waiting.

    Attributes:
        names: The cameras.
        renderer: OpenGL's name of the device that draws, 'none' before it is known.
    """

    def __init__(
        self,
        node: Node,
        names: Sequence[str],
        make_rig: Callable[[], CameraRig],
        threaded: bool,
    ) -> None:
        """Makes the publishers.

        Args:
            node: The node that publishes.
            names: The cameras; empty to publish nothing.
            make_rig: Makes the rig; called on the thread that renders.
            threaded: Whether to render on a thread of its own.
        """
        self.names = tuple(names)
        self.renderer = "none"
        self._logger = node.get_logger()
        self._make_rig = make_rig
        self._threaded = threaded
        self._rig: CameraRig | None = None
        self._publishers = {
            name: (
                node.create_publisher(Image, f"{name}/image_raw", RELIABLE),
                node.create_publisher(CameraInfo, f"{name}/camera_info", RELIABLE),
            )
            for name in names
        }
        # The newest request: arguments of `publish`.
        self._request: tuple[int, Floats, Ints] | None = None
        self._changed = threading.Condition()
        self._ended = False
        self._failure: UserError | None = None
        self._thread = threading.Thread(target=self._serve_requests, name="cameras", daemon=True)

    def __enter__(self) -> "CameraPublisher":
        if self._publishers:
            if self._threaded:
                self._thread.start()
            else:
                self._open()
        return self

    def __exit__(self, *_: object) -> None:
        with self._changed:
            self._ended = True
            self._changed.notify()
        if self._thread.is_alive():
            self._thread.join(timeout=3.0)
        elif self._rig is not None:
            self._rig.close()

    def publish(self, time_ns: int, drawn: Floats, reset_counts: Ints) -> None:
        """Publishes the images of a state, stamped with its time; see `CameraRig.render`.

        Raises:
            UserError: If the rendering thread could not start OpenGL.
        """
        if not self._publishers:
            return
        if not self._threaded:
            self._render(time_ns, drawn, reset_counts)
            return
        if self._failure is not None:
            raise self._failure
        with self._changed:
            self._request = (time_ns, drawn, reset_counts)
            self._changed.notify()

    def _open(self) -> None:
        self._rig = self._make_rig()
        self.renderer = self._rig.renderer
        self._infos = {name: _camera_info(self._rig, name) for name in self._rig.names}
        self._logger.info(f"Cameras {', '.join(self._rig.names)} drawn by {self.renderer}")
        if (gpu := self._rig.idle_gpu) is not None:
            self._logger.warning(
                f"The CPU draws, though there is a GPU ({gpu}): OpenGL finds no EGL driver of it "
                "that may be used here; in Docker, NVIDIA_DRIVER_CAPABILITIES must name graphics."
            )

    def _serve_requests(self) -> None:
        """Main function of the rendering thread."""
        try:
            self._open()
        except UserError as error:
            self._failure = error
            return
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._request is not None or self._ended)
                if self._ended:
                    break
                request, self._request = self._request, None
            assert request is not None
            self._render(*request)
        assert self._rig is not None
        self._rig.close()

    def _render(self, time_ns: int, drawn: Floats, reset_counts: Ints) -> None:
        assert self._rig is not None
        for name, pixels in self._rig.render(drawn, reset_counts, time_ns).items():
            image, info = Image(), self._infos[name]
            set_stamp(image.header.stamp, time_ns)
            image.header.frame_id = optical_frame(name)
            image.height, image.width = pixels.shape[:2]
            image.encoding = "rgb8"
            image.step = 3 * image.width
            data = array.array("B")
            data.frombytes(pixels.data.cast("B"))
            image.data = data
            info.header = image.header
            images, infos = self._publishers[name]
            images.publish(image)
            infos.publish(info)


def _camera_info(rig: CameraRig, name: str) -> CameraInfo:
    """Intrinsics of one arm's frame, without distortion."""
    found = rig.intrinsics(name)
    (fx, fy), (cx, cy) = (found.focal_x, found.focal_y), (found.centre_x, found.centre_y)
    return CameraInfo(
        height=rig.height,
        width=rig.width,
        distortion_model="plumb_bob",
        d=[0.0] * 5,
        k=[fx, 0.0, cx, 0.0, fy, cy, 0.0, 0.0, 1.0],
        r=[1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0],
        p=[fx, 0.0, cx, 0.0, 0.0, fy, cy, 0.0, 0.0, 0.0, 1.0, 0.0],
    )
