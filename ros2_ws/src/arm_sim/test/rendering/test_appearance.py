"""Each arm looks different after each reset, the same for the same seed, and red stays red."""

from collections.abc import Callable, Iterator

import mujoco
import numpy as np
import pytest

from arm_sim.common.config import build
from arm_sim.common.errors import UserError
from arm_sim.rendering.appearance import AppearanceVariation
from arm_sim.rendering.camera_rig import CameraRig
from arm_sim.rendering.offscreen import drawn_home
from arm_sim.robot.appearance_config import Appearance
from arm_sim.robot.model import copy_model
from arm_sim.robot.robot import Robot
from arm_sim.scene.loader import load_robot

MakeRig = Callable[..., CameraRig]
KINDS = ("light", "colour", "camera_position", "camera_rotation")


@pytest.fixture(scope="module")
def robot() -> Robot:
    return load_robot()


@pytest.fixture
def make_rig(robot: Robot) -> Iterator[MakeRig]:
    rigs: list[CameraRig] = []

    def make(**strengths: float) -> CameraRig:
        appearance = Appearance(**strengths) if strengths else None
        rigs.append(CameraRig(robot, ("front_camera", "top_camera"), 32, 32, appearance=appearance))
        return rigs[-1]

    yield make
    for rig in rigs:
        rig.close()


def frames(rig: CameraRig, robot: Robot, reset_counts: list[int], time_ns: int = 0) -> np.ndarray:
    """(K, N, H, W, 3) of arms at home."""
    home = np.tile(drawn_home(robot), (len(reset_counts), 1))
    images = rig.render(home, np.array(reset_counts), time_ns).values()
    return np.stack([image.reshape(len(reset_counts), 32, 32, 3) for image in images])


def test_without_strengths_nothing_varies(make_rig: MakeRig, robot: Robot) -> None:
    plain = frames(make_rig(), robot, [0, 1])
    np.testing.assert_array_equal(frames(make_rig(seed=3), robot, [2, 3], 50), plain)
    np.testing.assert_array_equal(plain[:, 0], plain[:, 1])


@pytest.mark.parametrize("kind", KINDS)
def test_each_strength_alone_shows(make_rig: MakeRig, robot: Robot, kind: str) -> None:
    plain = frames(make_rig(), robot, [0])
    rig = make_rig(**{kind: 0.1, "seed": 1})
    seen = frames(rig, robot, [0, 0, 1])
    for camera in range(2):
        for one, other in ((plain[:, 0], seen[:, 0]), (seen[:, 0], seen[:, 1])):
            assert (one[camera] != other[camera]).any()
    # Another placement changes that arm and no other; going back brings back what was there.
    after = frames(rig, robot, [0, 1, 1])
    assert [(after[:, arm] != seen[:, arm]).any() for arm in range(3)] == [False, True, False]
    np.testing.assert_array_equal(frames(rig, robot, [0, 0, 1]), seen)
    np.testing.assert_array_equal(
        frames(make_rig(**{kind: 0.1, "seed": 1}), robot, [0]), seen[:, :1]
    )
    assert (frames(make_rig(**{kind: 0.1, "seed": 2}), robot, [0]) != seen[:, :1]).any()


def test_noise_is_as_strong_as_told_and_decided_by_the_time(
    make_rig: MakeRig, robot: Robot
) -> None:
    plain = frames(make_rig(), robot, [0, 0]).astype(int)
    rig = make_rig(noise=6.0)
    seen = frames(rig, robot, [0, 0], 50)
    difference = (seen - plain)[(plain > 30) & (plain < 225)]
    assert difference.std() == pytest.approx(6.0, rel=0.05)
    assert abs(difference.mean()) < 0.3
    assert (seen[:, 0] != seen[:, 1]).any() and (seen[0] != seen[1]).any()
    later = frames(rig, robot, [0, 0], 100)
    assert (later != seen).any()
    np.testing.assert_array_equal(frames(rig, robot, [0, 0], 50), seen)


def test_looks_stay_within_what_is_told(robot: Robot) -> None:
    model = copy_model(robot.model)
    plain = copy_model(robot.model)
    told = Appearance(light=0.3, colour=0.2, camera_position=0.05, camera_rotation=0.04)
    variation = AppearanceVariation(told, model)
    target = model.material("scene_target").id
    turned = np.zeros(3)
    for arm in range(50):
        variation.apply(arm, 3)
        factor = model.light_diffuse / plain.light_diffuse
        assert (abs(factor - 1.0) <= 0.3 + 1e-6).all() and np.ptp(factor) < 1e-6
        assert (abs(model.mat_rgba - plain.mat_rgba) <= 0.2 + 1e-6).all()
        red, *others = model.mat_rgba[target, :3]
        assert red >= 0.85 - 1e-6 and max(others) <= 0.11 + 1e-6
        assert (abs(model.cam_pos - plain.cam_pos) <= 0.05).all()
        for one, other in zip(model.cam_quat, plain.cam_quat, strict=True):
            mujoco.mju_subQuat(turned, one, other)
            assert 0.0 < np.linalg.norm(turned) <= 0.04 * np.sqrt(3) + 1e-9
    # A geom of a material has MuJoCo's mark that sends it there.
    np.testing.assert_array_equal(
        model.geom_rgba[model.geom_matid >= 0], plain.geom_rgba[model.geom_matid >= 0]
    )


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"colour": 2.0}, "'colour' is 2.0: Input should be less than or equal to 1"),
        ({"color": 0.1}, r"unknown key 'color' \(valid: light, colour, camera_position"),
    ],
)
def test_a_wrong_setting_is_one_sentence(values: dict[str, float], sentence: str) -> None:
    with pytest.raises(UserError, match=sentence):
        build(Appearance, values, "appearance")
