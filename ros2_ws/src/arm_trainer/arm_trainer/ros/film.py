"""Recording of a camera topic as an animated picture."""

from pathlib import Path

from cv_bridge import CvBridge
from PIL import Image as Picture
from sensor_msgs.msg import Image

from arm_sim.common.atomic_files import atomic_write
from arm_sim.common.errors import UserError

_COLOURS = 64


class Film:
    """Collects the images of a camera and writes them as a GIF."""

    def __init__(self, frame_rate: float) -> None:
        """Prepares for images at `frame_rate` Hz of simulated time, the speed of the GIF."""
        self._frame_rate = frame_rate
        self._bridge = CvBridge()
        self._frames: list[Picture.Image] = []

    def add(self, message: Image) -> None:
        """Adds an image."""
        self._frames.append(Picture.fromarray(self._bridge.imgmsg_to_cv2(message, "rgb8")))

    def write(self, path: Path) -> None:
        """Writes the GIF.

        Raises:
            UserError: If there is no image, or the file can't be written.
        """
        if not self._frames:
            raise UserError("No camera image arrived, so there is no animated picture.")
        frames = [frame.quantize(_COLOURS, Picture.Quantize.FASTOCTREE) for frame in self._frames]
        with atomic_write(path) as temporary:
            frames[0].save(
                temporary,
                format="GIF",
                save_all=True,
                append_images=frames[1:],
                duration=round(1000 / self._frame_rate),
                loop=0,
            )
