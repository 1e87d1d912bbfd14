"""An image of any encoding that cv_bridge knows becomes the arms' frames; any other is refused."""

import numpy as np
import pytest
from sensor_msgs.msg import Image

from arm_sim.ros.joint_messages import RejectedMessage
from arm_trainer.ros.state_images import frames_of

TOPIC = "/front_camera/image_raw"
PIXELS = np.random.default_rng(0).integers(0, 256, (24, 12, 3), dtype=np.uint8)


def image(pixels: np.ndarray, encoding: str, padding: int = 0) -> Image:
    rows = pixels.reshape(len(pixels), -1)
    padded = np.pad(rows, ((0, 0), (0, padding)), constant_values=77)
    return Image(
        height=pixels.shape[0],
        width=pixels.shape[1],
        encoding=encoding,
        step=padded.shape[1],
        data=padded.tobytes(),
    )


@pytest.mark.parametrize("padding", [0, 5])
def test_the_arms_lie_one_below_the_other(padding: int) -> None:
    frames = frames_of(image(PIXELS, "rgb8", padding), TOPIC, 2, 12)
    np.testing.assert_array_equal(frames, [PIXELS[:12], PIXELS[12:]], strict=True)


@pytest.mark.parametrize("padding", [0, 3])
def test_other_encodings_become_rgb(padding: int) -> None:
    alpha = np.full((24, 12, 1), 9, np.uint8)
    swapped = PIXELS[..., ::-1]
    for pixels, encoding in (
        (swapped, "bgr8"),
        (np.concatenate([PIXELS, alpha], axis=2), "rgba8"),
        (np.concatenate([swapped, alpha], axis=2), "bgra8"),
    ):
        frames = frames_of(image(pixels, encoding, padding), TOPIC, 2, 12)
        np.testing.assert_array_equal(frames.reshape(24, 12, 3), PIXELS, err_msg=encoding)
    grey = frames_of(image(PIXELS[..., 0], "mono8", padding), TOPIC, 2, 12)
    np.testing.assert_array_equal(grey.reshape(24, 12, 3), np.repeat(PIXELS[..., :1], 3, axis=2))


def test_another_size_is_resized_frame_by_frame() -> None:
    frames = frames_of(image(PIXELS, "rgb8"), TOPIC, 2, 6)
    assert frames.shape == (2, 6, 6, 3)
    # Half the size: each pixel is the mean of four.
    means = PIXELS.reshape(2, 6, 2, 6, 2, 3).mean(axis=(2, 4))
    np.testing.assert_allclose(frames, means, atol=0.51)
    # What is wider than high loses its sides.
    wide = frames_of(image(np.pad(PIXELS, ((0, 0), (4, 5), (0, 0))), "rgb8"), TOPIC, 2, 12)
    np.testing.assert_array_equal(wide.reshape(24, 12, 3), PIXELS)


@pytest.mark.parametrize(
    ("message", "arms", "sentence"),
    [
        (image(PIXELS, "grey8"), 2, "'grey8', which can't be made rgb8 .valid: rgb8, bgr8"),
        (image(PIXELS, ""), 2, "'', which can't be made rgb8"),
        (image(PIXELS, "rgb8"), 5, "12×24 px: expected are the frames of 5 arm"),
        (Image(encoding="rgb8"), 1, "0×0 px"),
        (Image(encoding="rgb8", width=2, height=2, step=6), 1, "with 0 bytes, 6 a row"),
        (image(PIXELS[..., 0], "rgb8"), 2, "12 a row; each row must have at least 36"),
    ],
)
def test_what_is_not_an_image_of_the_arms_is_one_sentence(
    message: Image, arms: int, sentence: str
) -> None:
    with pytest.raises(RejectedMessage, match=f"^{TOPIC} brought an image .*{sentence}"):
        frames_of(message, TOPIC, arms, 12)
