"""Each arm is in its own rows, and things are where a pinhole camera would see them."""

from collections.abc import Callable, Iterator
from typing import Any

import mujoco
import numpy as np
import pytest

from arm_sim.common.errors import UserError
from arm_sim.rendering.camera_rig import CameraRig
from arm_sim.rendering.offscreen import QUALITIES, drawn_home
from arm_sim.robot.robot import Robot

CAMERAS = ("front_camera", "side_camera", "top_camera")
# In full view of every camera with the arm at home, and off the optical axes.
TARGETS = [(1.0, 0.3, 1.15), (0.9, -0.4, 1.0), (0.5, -0.25, 1.15), (0.6, -0.4, 0.7)]

MakeRig = Callable[..., CameraRig]


@pytest.fixture
def make_rig(robot: Robot) -> Iterator[MakeRig]:
    """Makes rigs of the built-in arm that are closed at the end."""
    rigs = []

    def make(names: tuple[str, ...] = CAMERAS, *arguments: int, quality: str = "fast") -> CameraRig:
        rigs.append(CameraRig(robot, names, *arguments, quality=quality))
        return rigs[-1]

    yield make
    for rig in rigs:
        rig.close()


@pytest.fixture
def poses(robot: Robot) -> np.ndarray:
    """(4, D) clearly different poses with different goals."""
    poses = np.tile(drawn_home(robot), (4, 1))
    poses[:, robot.arm[0]] = (-1.2, -0.4, 0.4, 1.2)
    poses[:, robot.arm[3]] = (1.7, 1.0, 0.3, 1.7)
    poses[:, -3:] = TARGETS
    return poses


def rows(images: dict[str, np.ndarray], arm: int, height: int) -> list[np.ndarray]:
    return [image[arm * height : (arm + 1) * height] for image in images.values()]


def where_red_is(image: np.ndarray) -> np.ndarray:
    """The middle (x, y) of the red pixels, in px; a pixel's middle is at its index + 0.5."""
    red, green, blue = np.moveaxis(image.astype(int), 2, 0)
    ys, xs = np.nonzero((red > 100) & (red > 2 * green) & (red > 2 * blue))
    assert len(xs) >= 20, "the target is hidden"
    return np.array([xs.mean(), ys.mean()]) + 0.5


def project(robot: Robot, rig: CameraRig, name: str, drawn: np.ndarray) -> np.ndarray:
    """Where a pinhole camera at MuJoCo's camera pose sees the target's centre, px."""
    data = mujoco.MjData(robot.model)
    data.qpos[:], data.mocap_pos[0] = drawn[:-3], drawn[-3:]
    mujoco.mj_forward(robot.model, data)
    camera = data.camera(name)
    # MuJoCo's cameras look along -z, with x to the right and y up.
    x, y, z = camera.xmat.reshape(3, 3).T @ (data.body("target").xpos - camera.xpos)
    found = rig.intrinsics(name)
    right, down = -x / z, y / z
    return np.array([found.centre_x + found.focal_x * right, found.centre_y + found.focal_y * down])


@pytest.mark.parametrize(
    ("names", "width", "height"),
    [(CAMERAS, 64, 64), (("top_camera",), 40, 24), (("side_camera", "front_camera"), 8, 100)],
)
def test_each_camera_gives_one_image_with_the_arms_stacked(
    make_rig: MakeRig, poses: np.ndarray, names: tuple[str, ...], width: int, height: int
) -> None:
    images = make_rig(names, width, height).render(poses)
    assert tuple(images) == names
    for image in images.values():
        assert image.shape == (4 * height, width, 3)
        assert image.dtype == np.uint8
        assert np.ptp(image) > 50


def test_the_size_is_64_unless_told_otherwise(make_rig: MakeRig, poses: np.ndarray) -> None:
    assert make_rig(("top_camera",)).render(poses[:1])["top_camera"].shape == (64, 64, 3)


@pytest.mark.parametrize("quality", QUALITIES)
def test_the_frame_of_an_arm_is_in_its_own_rows(
    make_rig: MakeRig, poses: np.ndarray, quality: str
) -> None:
    rig = make_rig(CAMERAS, 48, 32, quality=quality)
    together = rig.render(poses)
    for arm in range(4):
        alone = rig.render(poses[[arm]])
        for frame, expected in zip(rows(together, arm, 32), alone.values(), strict=True):
            np.testing.assert_array_equal(frame, expected)
        others = rows(together, (arm + 1) % 4, 32)
        for frame, other in zip(alone.values(), others, strict=True):
            assert (frame != other).any()


def test_moving_an_arm_changes_its_own_frames_only(make_rig: MakeRig, poses: np.ndarray) -> None:
    rig = make_rig(CAMERAS, 48, 32)
    before = rig.render(poses)
    kept = {name: image.copy() for name, image in before.items()}
    poses[2, 0] += 0.3
    after = rig.render(poses)
    for arm in range(4):
        for was, now in zip(rows(before, arm, 32), rows(after, arm, 32), strict=True):
            assert (was == now).all() == (arm != 2)
    for name, image in kept.items():
        np.testing.assert_array_equal(before[name], image)  # It is the caller's to keep.


@pytest.mark.parametrize("quality", QUALITIES)
@pytest.mark.parametrize(("width", "height"), [(320, 240), (300, 300)])
def test_the_target_is_where_a_pinhole_camera_sees_it(
    robot: Robot, make_rig: MakeRig, quality: str, width: int, height: int
) -> None:
    rig = make_rig(CAMERAS, width, height, quality=quality)
    drawn = np.tile(drawn_home(robot), (len(TARGETS), 1))
    drawn[:, -3:] = TARGETS
    images = rig.render(drawn)
    for name in CAMERAS:
        frames = images[name].reshape(len(TARGETS), height, width, 3)
        found = np.array([where_red_is(frame) for frame in frames])
        expected = np.array([project(robot, rig, name, row) for row in drawn])
        assert np.abs(found - expected).max() < 0.5, (name, found, expected)
        assert np.ptp(expected, axis=0).min() > 20.0


def test_the_focal_length_is_that_of_the_field_of_view(make_rig: MakeRig) -> None:
    # 240 rows within 45°: 120 / tan 22.5°.
    for name in CAMERAS:
        found = make_rig(CAMERAS, 320, 240).intrinsics(name)
        assert found.focal_x == found.focal_y == pytest.approx(289.70563, abs=1e-4)
        assert (found.centre_x, found.centre_y) == (160, 120)


def test_qualities_differ(make_rig: MakeRig, poses: np.ndarray) -> None:
    fast, high = (make_rig(CAMERAS, 64, 64, quality=quality).render(poses) for quality in QUALITIES)
    for name in CAMERAS:
        difference = np.abs(fast[name].astype(int) - high[name])
        assert 0 < difference.mean() < 10


@pytest.mark.parametrize(
    ("names", "size", "quality", "sentence"),
    [
        (
            ("front_camera", "rear", "left"),
            (64, 64),
            "fast",
            "Unknown cameras rear, left (valid: front_camera, side_camera, top_camera).",
        ),
        ((), (64, 64), "fast", "No camera is named (valid: front_camera, side_camera, top_camera)"),
        (CAMERAS, (64, 64), "best", "Unknown image quality 'best' (valid: fast, high)."),
        (CAMERAS, (7, 64), "fast", "The image size is 7×64 px; each side must be from 8 to 4096."),
        (CAMERAS, (64, 0), "fast", "The image size is 64×0 px"),
        (CAMERAS, (4097, 64), "fast", "The image size is 4097×64 px"),
    ],
)
def test_what_cannot_be_drawn_is_one_sentence(
    make_rig: MakeRig, names: tuple[str, ...], size: tuple[int, int], quality: str, sentence: str
) -> None:
    with pytest.raises(UserError) as caught:
        make_rig(names, *size, quality=quality)
    assert sentence in str(caught.value)


def test_a_rig_can_be_closed_twice(make_rig: MakeRig, poses: np.ndarray) -> None:
    rig = make_rig()
    rig.render(poses[:1])
    rig.close()
    rig.close()


def test_two_rigs_do_not_disturb_each_other(make_rig: MakeRig, poses: np.ndarray) -> None:
    small, large = make_rig(CAMERAS, 32, 32), make_rig(CAMERAS, 96, 72, quality="high")
    first = small.render(poses), large.render(poses)
    again = small.render(poses), large.render(poses)
    small.close()
    last = large.render(poses)
    later = make_rig(CAMERAS, 32, 32).render(poses)
    for name in CAMERAS:
        np.testing.assert_array_equal(again[0][name], first[0][name])
        np.testing.assert_array_equal(again[1][name], first[1][name])
        np.testing.assert_array_equal(last[name], first[1][name])
        np.testing.assert_array_equal(later[name], first[0][name])


def test_the_robots_own_model_is_left_as_it_is(robot: Robot, make_rig: MakeRig) -> None:
    visual = robot.model.vis
    before = visual.global_.offwidth, visual.quality.shadowsize
    make_rig(CAMERAS, 100, 100)
    assert (visual.global_.offwidth, visual.quality.shadowsize) == before
    assert before[0] != 100


def test_only_the_arms_that_moved_are_drawn_again(
    make_rig: MakeRig, poses: np.ndarray, monkeypatch: pytest.MonkeyPatch
) -> None:
    rig = make_rig(CAMERAS, 48, 32)
    drawn: list[int] = []
    draw = rig._draw

    def noted(arm: int, *arguments: Any) -> None:
        drawn.append(arm)
        draw(arm, *arguments)

    monkeypatch.setattr(rig, "_draw", noted)
    rig.render(poses)
    poses[2, 0] += 0.3
    rig.render(poses)
    rig.render(poses[:3])
    assert drawn == [0, 1, 2, 3, 2, 0, 1, 2]
