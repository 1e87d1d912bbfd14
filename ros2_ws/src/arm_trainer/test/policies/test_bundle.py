"""A bundle acts as the trained policy did; one that is changed, foreign or hostile is refused."""

import io
import pickle
import shutil
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from ament_index_python.packages import get_package_share_directory
from stable_baselines3 import A2C, PPO, SAC
from stable_baselines3.common.base_class import BaseAlgorithm

from arm_sim.common.errors import UserError
from arm_sim.common.registry import Registry
from arm_sim.robot.robot import Robot
from arm_sim.scene.loader import load_robot
from arm_trainer.actions.registry import ACTIONS
from arm_trainer.backends.in_process import InProcessBackend
from arm_trainer.envs.batch_env import BatchEnv
from arm_trainer.envs.policy_interface import PolicyInterface
from arm_trainer.envs.sb3_vec_env import ArmVecEnv
from arm_trainer.policies.bundle import Policy
from arm_trainer.policies.onnx_export import export_bundle
from arm_trainer.tasks.reach import ReachConfig
from arm_trainer.tasks.registry import TASKS
from support.bundle_description import describe

FILES = ("policy.onnx", "policy.json")

MakeEpisodes = Callable[..., BatchEnv]


@pytest.fixture(params=[PPO, A2C, SAC], ids=lambda algorithm: algorithm.__name__)
def model(request: pytest.FixtureRequest, make_episodes: MakeEpisodes) -> BaseAlgorithm:
    env = ArmVecEnv(make_episodes(2))
    options = {"policy_kwargs": {"net_arch": [16, 16]}, "seed": 0, "device": "cpu"}
    if request.param is PPO:
        options |= {"n_steps": 4, "batch_size": 8}
    elif request.param is SAC:
        options |= {"buffer_size": 10}
    made = request.param("MlpPolicy", env, **options)
    if request.param is not SAC:
        # An untrained actor hardly acts; this one's actions are clipped here and there.
        with torch.no_grad():
            made.policy.action_net.weight.mul_(200)
    return made


@pytest.fixture(scope="module")
def exported(tmp_path_factory: pytest.TempPathFactory, interface: PolicyInterface) -> Path:
    """A small bundle; not to be changed."""
    env = ArmVecEnv(
        BatchEnv(interface, InProcessBackend(interface.robot, 1, interface.control_period))
    )
    small = {"net_arch": [4]}
    folder = tmp_path_factory.mktemp("bundle") / "policy"
    made = A2C("MlpPolicy", env, policy_kwargs=small, seed=0, device="cpu")
    export_bundle(made, interface, folder, {"algorithm": "a2c", "steps": 0})
    return folder


@pytest.fixture
def bundle(exported: Path, tmp_path: Path) -> Path:
    """A copy of the small bundle."""
    return Path(shutil.copytree(exported, tmp_path / "policy"))


def test_a_bundle_acts_as_pytorch_does(
    model: BaseAlgorithm, interface: PolicyInterface, tmp_path: Path
) -> None:
    difference = export_bundle(model, interface, tmp_path / "policy", {})
    assert difference < 1e-5
    policy = Policy(tmp_path / "policy")
    for arms in (1, 17, 200):
        observations = np.random.default_rng(arms).normal(0, 2, (arms, 9)).astype(np.float32)
        wanted, _ = model.predict(observations, deterministic=True)
        found = policy.act(observations)
        assert found.dtype == np.float32 and found.shape == (arms, 3)
        np.testing.assert_allclose(found, wanted, rtol=0, atol=1e-5)
    assert (np.abs(found) <= 1).all()
    assert np.ptp(found, axis=0).min() > 0.1
    assert (np.abs(found) == 1).any() or isinstance(model, SAC)


def test_exporting_leaves_the_model_as_it_was(
    model: BaseAlgorithm, interface: PolicyInterface, tmp_path: Path
) -> None:
    observations = np.ones((3, 9), np.float32)
    before, _ = model.predict(observations, deterministic=True)
    export_bundle(model, interface, tmp_path / "policy", {})
    after, _ = model.predict(observations, deterministic=True)
    np.testing.assert_array_equal(before, after)


def test_a_bundle_is_two_files_and_replaces_the_one_before(
    model: BaseAlgorithm, interface: PolicyInterface, bundle: Path
) -> None:
    export_bundle(model, interface, bundle, {"steps": 9})
    assert sorted(path.name for path in bundle.iterdir()) == sorted(FILES)
    assert [path.name for path in bundle.parent.iterdir()] == ["policy"]
    assert Policy(bundle).description.training == {"steps": 9}


def test_a_bundle_says_what_it_is_for(
    bundle: Path, robot: Robot, interface: PolicyInterface
) -> None:
    policy = Policy(bundle)
    given = policy.description
    assert (given.format, given.robot, given.joint_units) == (3, "fetch_arm", ["rad"] * 7)
    assert tuple(given.joints) == robot.command_joints[:7]
    assert tuple(given.observation.columns) == interface.observation_names
    assert (given.action.name, given.action.outputs) == (
        "tool_increments",
        [f"tool/{axis}" for axis in "xyz"],
    )
    np.testing.assert_array_equal(given.action.scale, interface.action.scale)
    assert given.training == {"algorithm": "a2c", "steps": 0}
    fitted = policy.interface_for(robot)
    assert (fitted.robot, fitted.task.config) == (robot, ReachConfig())


def test_a_forged_description_alone_is_no_hindrance(bundle: Path) -> None:
    # The other tests refuse what they change, not how `describe` writes it.
    describe(bundle, training={"note": "forged"})
    assert Policy(bundle).description.training["note"] == "forged"


@pytest.mark.parametrize("file", FILES)
@pytest.mark.parametrize("bit", [0, 6])
def test_any_changed_byte_is_refused(bundle: Path, file: str, bit: int) -> None:
    content = (bundle / file).read_bytes()
    for position in range(len(content)):
        changed = bytearray(content)
        changed[position] ^= 1 << bit
        (bundle / file).write_bytes(changed)
        with pytest.raises(UserError):
            Policy(bundle)
    (bundle / file).write_bytes(content)
    Policy(bundle)


@pytest.mark.parametrize("file", FILES)
def test_a_truncated_or_longer_file_is_refused(bundle: Path, file: str) -> None:
    content = (bundle / file).read_bytes()
    ends = [content[:length] for length in (0, 1, 100, len(content) // 2, len(content) - 4)]
    for changed in (*ends, content + b"}"):
        (bundle / file).write_bytes(changed)
        with pytest.raises(UserError, match=file.replace(".", r"\.")):
            Policy(bundle)


@pytest.mark.parametrize("number", [0, 1, 2, 1000, "1", None])
def test_another_format_is_refused(bundle: Path, number: object) -> None:
    describe(bundle, format=number)
    with pytest.raises(
        UserError, match=f"has format {number}; this version reads format 3: export it again"
    ):
        Policy(bundle)


@pytest.mark.parametrize("missing", [*FILES, "folder"])
def test_what_is_missing_is_one_sentence(bundle: Path, missing: str) -> None:
    if missing == "folder":
        shutil.rmtree(bundle)
    else:
        (bundle / missing).unlink()
    with pytest.raises(UserError, match=r"is not a policy bundle, a folder with .*No such file"):
        Policy(bundle)


def test_a_file_is_no_bundle(bundle: Path) -> None:
    with pytest.raises(UserError, match=r"is not a policy bundle, .*Not a directory"):
        Policy(bundle / "policy.onnx")


@pytest.mark.parametrize("file", FILES)
def test_a_huge_file_is_not_even_read(bundle: Path, file: str) -> None:
    with (bundle / file).open("r+b") as opened:
        opened.truncate(300 * 2**20)  # A hole: it takes no room on the disk.
    with pytest.raises(UserError, match=rf"{file} is too large"):
        Policy(bundle)


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"\xff\xfe", "not text"),
        (b"format: 1", "is not JSON"),
        (b"[1]", "does not describe a policy"),
        (b"{}", "has format None"),
        (b'{"format": 3}', "key 'robot' is missing"),
        pytest.param(
            *(b"[" * 100_000, "is not JSON"),
        ),
        pytest.param(
            *(b'{"format": ' + b"1" * 5000 + b"}", "is not JSON"),
        ),
    ],
    ids=lambda value: str(value)[:20],
)
def test_what_does_not_describe_a_policy_is_one_sentence(
    bundle: Path, content: bytes, sentence: str
) -> None:
    (bundle / "policy.json").write_bytes(content)
    with pytest.raises(UserError, match=sentence):
        Policy(bundle)


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"gripper": 1}, r"unknown key 'gripper' \(valid: format, robot"),
        (
            {"action": {"name": "torque"}},
            r"Unknown action 'torque' \(valid: joint_inc.*, tool_inc.*;",
        ),
        ({"task": {"name": "juggle"}}, r"Unknown task 'juggle' \(valid: reach, "),
        ({"task": {"name": "x" * 99}}, "'task.name' is 'xxx.*at most 80 characters"),
        ({"joint_units": ["deg"]}, "'joint_units.0' is 'deg': Input should be 'rad' or 'm'"),
        ({"control_rate": 0}, "'control_rate' is 0: Input should be greater than 0"),
        ({"task": {"config": {"tolerance": -1}}}, "task.config: 'tolerance' is -1"),
        ({"task": {"config": {"speed": 1}}}, r"task.config: unknown key 'speed' \(valid: control"),
        ({"action": {"outputs": ["elbow"]}}, r"instead of observation \[9\] and action \[1\]"),
        ({"cameras": ["front_camera"]}, r"0 frames of 0 px .* contradict each other"),
        ({"frame_stack": 4}, r"4 frames of 0 px from the cameras \[\] contradict each other"),
        (
            {"cameras": ["front_camera"], "frame_stack": 1, "image_size": 8},
            r"takes observation \[9\] and .* observation \[9\], images \[3, 8, 8\] and",
        ),
        (
            {"observation": {"columns": ["x", "y"]}},
            r"instead of observation \[2\] and action \[3\]",
        ),
    ],
)
def test_a_description_that_makes_no_sense_is_one_sentence(
    bundle: Path, changes: dict[str, Any], sentence: str
) -> None:
    describe(bundle, **changes)
    with pytest.raises(UserError, match=sentence):
        Policy(bundle)


JOINTS = [
    *("shoulder_pan_joint", "shoulder_lift_joint", "upperarm_roll_joint", "elbow_flex_joint"),
    *("forearm_roll_joint", "wrist_flex_joint", "wrist_roll_joint"),
]


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"robot": "puma"}, "it is for 'puma', this is 'fetch_arm'"),
        ({"joints": JOINTS[::-1]}, "its joints are wrist_roll_joint, .*the robot's shoulder_pan"),
        ({"kinematics_sha256": "0" * 64}, "the robot's kinematics or limits have changed"),
        ({"joint_units": ["rad"] * 6 + ["m"]}, "its joints are measured in rad, rad, .* rad, m"),
        (
            {"action": {"scale": [0.1] * 3}},
            "its action scaling does not match the robot's velocity",
        ),
        ({"action": {"scale": [0.1] * 2}}, "its outputs are tool/x"),
        ({"action": {"outputs": list("abc")}}, "its outputs are a, b, c"),
        (
            {"observation": {"columns": [f"camera/{i}" for i in range(9)]}},
            "it observes camera/0, ca",
        ),
        ({"observation": {"terms": ["tool_position"]}}, "it observes tool_lead/x"),
        ({"observation": {"scale": [1.0] * 9}}, "it observes tool_lead/x"),
        ({"control_rate": 10.0}, "its control_rate is 10 Hz, that of its task 20 Hz"),
        (
            {"control_rate": 10.0, "task": {"config": {"control_rate": 10.0}}},
            "its action scaling does not match the robot's velocity limits",
        ),
    ],
)
def test_a_bundle_that_does_not_fit_the_robot_is_one_sentence(
    bundle: Path, robot: Robot, changes: dict[str, Any], sentence: str
) -> None:
    describe(bundle, **changes)
    policy = Policy(bundle)
    with pytest.raises(UserError, match=sentence):
        policy.interface_for(robot)


@pytest.mark.parametrize(
    ("name", "old", "new", "sentence"),
    [
        ("other_arm", "", "", "it is for 'fetch_arm', this is 'other_arm'"),
        ("fetch_arm", 'pos="0.219 0 0"', 'pos="0.22 0 0"', "kinematics or limits have changed"),
        ("fetch_arm", 'user="1.256"', 'user="1.3"', "kinematics or limits have changed"),
        ("fetch_arm", "elbow_flex_joint", "elbow_joint", "the robot's shoulder_pan_joint, .*elbow"),
    ],
)
def test_another_robot_is_refused(
    bundle: Path, tmp_path: Path, name: str, old: str, new: str, sentence: str
) -> None:
    for suffix in (".xml", ".yaml"):
        models = Path(get_package_share_directory("arm_sim")) / "models"
        text = (models / f"fetch_arm{suffix}").read_text(encoding="utf-8")
        text = text.replace(old, new) if old else text
        (tmp_path / f"{name}{suffix}").write_text(text, encoding="utf-8")
    other = load_robot(str(tmp_path / f"{name}.xml"))
    with pytest.raises(UserError, match=sentence):
        Policy(bundle).interface_for(other)


class Hostile:
    """Makes a file when it is unpickled."""

    def __init__(self, canary: Path) -> None:
        self._canary = str(canary)

    def __reduce__(self) -> tuple[Any, ...]:
        return open, (self._canary, "w")


def as_pickle(hostile: Hostile) -> bytes:
    return pickle.dumps(hostile)


def as_torch_file(hostile: Hostile) -> bytes:
    output = io.BytesIO()
    torch.save(hostile, output)
    return output.getvalue()


def as_numpy_file(hostile: Hostile) -> bytes:
    output = io.BytesIO()
    np.save(output, np.array([hostile], dtype=object), allow_pickle=True)
    return output.getvalue()


def as_sb3_zip(hostile: Hostile) -> bytes:
    output = io.BytesIO()
    with zipfile.ZipFile(output, "w") as archive:
        archive.writestr("data", pickle.dumps(hostile))
        archive.writestr("policy.pth", as_torch_file(hostile))
    return output.getvalue()


@pytest.mark.parametrize("disguise", [as_pickle, as_torch_file, as_numpy_file, as_sb3_zip])
@pytest.mark.parametrize("forged", [True, False], ids=["hash right", "hash wrong"])
def test_nothing_hostile_is_executed(
    bundle: Path, tmp_path: Path, disguise: Callable[[Hostile], bytes], forged: bool
) -> None:
    canary = tmp_path / "canary"
    (bundle / "policy.onnx").write_bytes(disguise(Hostile(canary)))
    if forged:
        describe(bundle)
    with pytest.raises(UserError, match="is not an ONNX policy" if forged else "was changed"):
        Policy(bundle)
    assert not canary.exists()


@pytest.mark.parametrize("part", ["task", "action"])
def test_a_file_that_a_bundle_names_is_not_run(
    bundle: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, part: str
) -> None:
    canary = tmp_path / "canary"
    file = tmp_path / "x.py"
    file.write_text(f"open({str(canary)!r}, 'w')\nclass X: name = 'x'\n")
    describe(bundle, **{part: {"name": f"{file}:X"}})
    with pytest.raises(UserError, match=f"Unknown {part}|at most 80 characters"):
        Policy(bundle)
    assert not canary.exists()
    registry: Registry[Any] = TASKS if part == "task" else ACTIONS
    monkeypatch.setattr(registry, "_classes", dict(registry._classes))  # Forgotten afterwards.
    monkeypatch.setattr(registry, "_files", dict(registry._files))
    with pytest.raises(UserError):
        registry.get(f"{file}:X")
    assert not canary.exists()
    # A user may name the same file.
    registry.find(f"{file}:X")
    assert canary.exists()


def test_the_canary_would_sing(tmp_path: Path) -> None:
    canary = tmp_path / "canary"
    pickle.loads(as_pickle(Hostile(canary))).close()
    assert canary.exists()
