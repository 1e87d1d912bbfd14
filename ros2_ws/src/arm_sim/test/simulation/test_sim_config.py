"""A simulator's settings: checked, also against each other, and the cameras that they name."""

import pytest

from arm_sim.common.errors import UserError
from arm_sim.robot.appearance_config import Appearance
from arm_sim.robot.robot import Robot
from arm_sim.simulation.sim_config import ImageConfig, ObservationConfig, SimConfig


@pytest.mark.parametrize("group", ["observation", "command"])
@pytest.mark.parametrize("name", ["delay", "jitter"])
def test_latency_contradicts_lockstep(group: str, name: str) -> None:
    latency = {group: {name: 0.1}}
    assert getattr(getattr(SimConfig().replace(**latency), group), name) == 0.1
    sentence = (
        "Simulator: observation_delay, observation_jitter, command_delay, command_jitter must be 0 "
        "in lockstep, where messages move"
    )
    with pytest.raises(UserError, match=sentence):
        SimConfig().replace(mode="lockstep", **latency)


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"mode": "fast"}, "'mode' is 'fast': Input should be 'realtime' or 'lockstep'"),
        ({"num_arms": 0}, "'num_arms' is 0: Input should be greater than or equal to 1"),
        ({"arms": 2}, r"unknown key 'arms' \(valid: model, scene, scene_changes, mode, num_arms"),
        ({"appearance": {"noise": 65.0}}, "'appearance.noise' is 65.0"),
        ({"image": {"size": 8}}, r"unknown key 'image.size' \(valid: width, height, quality\)"),
        ({"image": 8}, "'image' is 8"),
    ],
)
def test_a_wrong_value_is_one_sentence(changes: dict[str, object], sentence: str) -> None:
    with pytest.raises(UserError, match=sentence):
        SimConfig().replace(**changes)


def test_replacing_keeps_the_other_settings() -> None:
    config = SimConfig().replace(num_arms=3, appearance=Appearance(light=0.2))
    changed = config.replace(control_rate=50.0)
    assert (changed.num_arms, changed.appearance.light) == (3, 0.2)
    assert changed.control_period == 0.02
    assert config.control_rate == 20.0


def test_a_mapping_replaces_only_what_it_names() -> None:
    config = SimConfig().replace(observation={"jitter": 0.2}, image=ImageConfig(quality="high"))
    changed = config.replace(observation={"delay": 0.1}, image={"width": 64})
    assert changed.observation == ObservationConfig(delay=0.1, jitter=0.2)
    assert changed.image == ImageConfig(width=64, quality="high")
    assert changed.command == SimConfig().command


def test_cameras_are_all_none_or_named(robot: Robot) -> None:
    def names(cameras: str) -> tuple[str, ...]:
        return SimConfig().replace(cameras=cameras).camera_names(robot)

    assert names("all") == robot.cameras
    assert names("none") == ()
    assert names("top_camera, front_camera") == ("top_camera", "front_camera")
    with pytest.raises(UserError, match=r"Unknown cameras rear \(valid: all, none, front_camera"):
        names("top_camera,rear")
