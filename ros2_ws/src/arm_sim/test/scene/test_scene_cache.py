"""A kept scene is the derived one; whatever is wrong with what is kept, the scene is derived."""

import os
import shutil
from pathlib import Path

import mujoco
import numpy as np
import pytest

from arm_sim.scene import loader
from arm_sim.scene.loader import LoadedScene, load_scene
from support.awkward_arms import write_mimic_arm
from support.primitive_arms import FINGERS, JOINTS, chain, fingers, mjcf, servos, write_mjcf

ARM = mjcf(chain(end=fingers()), servos(*JOINTS, *FINGERS))
# Without a choice of dynamics by trials a scene is derived sooner.
QUICK = "timestep: 0.005\nrotor_inertia: {}"


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("ROS_HOME", str(tmp_path / "ros"))
    return tmp_path / "ros" / "arm_sim_scenes"


@pytest.fixture
def derivations(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """Grows by the file of each scene that is derived."""
    files, derive = [], loader.derive_scene
    monkeypatch.setattr(
        loader, "derive_scene", lambda file, given: files.append(file.path) or derive(file, given)
    )
    return files


def load(file: str) -> LoadedScene:
    """As a new process does, which has loaded nothing yet."""
    loader._load.cache_clear()
    return load_scene(file)


def test_a_kept_scene_is_the_derived_one(tmp_path: Path, derivations: list[Path]) -> None:
    file = write_mjcf(tmp_path, ARM, "timestep: 0.0025")
    derived, kept = load(file), load(file)
    assert len(derivations) == 1
    assert kept is not derived and kept.settings == derived.settings
    assert kept.notes == derived.notes
    assert kept.robot.kinematics_hash == derived.robot.kinematics_hash
    states = []
    for scene in (derived, kept):
        data, robot = mujoco.MjData(scene.robot.model), scene.robot
        data.qpos[:] = robot.home
        data.ctrl[:] = robot.home[:8] + 0.3
        mujoco.mj_step(robot.model, data, nstep=200)
        states.append(data.qpos.tobytes() + data.qvel.tobytes())
    assert states[0] == states[1]


def test_the_same_file_elsewhere_needs_no_derivation(
    tmp_path: Path, derivations: list[Path]
) -> None:
    (tmp_path / "copy").mkdir()
    first = load(write_mjcf(tmp_path, ARM, QUICK))
    second = load(write_mjcf(tmp_path / "copy", ARM, QUICK, name="renamed"))
    assert len(derivations) == 1
    assert (first.robot.name, second.robot.name) == ("my_arm", "renamed")


def test_whatever_the_scene_follows_from_makes_it_another(
    tmp_path: Path, derivations: list[Path]
) -> None:
    file = write_mjcf(tmp_path, ARM, QUICK)
    load(file)
    write_mjcf(tmp_path, ARM.replace('mass="1"', 'mass="1.1"', 1), QUICK)
    load(file)
    write_mjcf(tmp_path, ARM.replace('mass="1"', 'mass="1.1"', 1), f"{QUICK}\nfloor: -0.1")
    assert load(file).settings.floor == -0.1
    assert len(derivations) == 3


def test_a_changed_mesh_makes_it_another(tmp_path: Path, derivations: list[Path]) -> None:
    file = write_mimic_arm(tmp_path)
    load(str(file))
    mesh = file.parents[1] / "meshes" / "wedge.obj"
    mesh.write_text(mesh.read_text().replace("0.05", "0.06"))
    load(str(file))
    assert len(derivations) == 2


@pytest.mark.parametrize(
    ("name", "content"),
    [
        *((name, None) for name in ("scene.mjb", "scene.yaml", "notes.json", "digest.txt")),
        *((name, b"half") for name in ("scene.mjb", "scene.yaml", "notes.json", "digest.txt")),
        ("scene.yaml", b"{}"),
        ("notes.json", b"{}"),
        ("scene.mjb", b"\x00"),
    ],
)
def test_a_damaged_scene_is_derived_again(
    tmp_path: Path, home: Path, derivations: list[Path], name: str, content: bytes | None
) -> None:
    file = write_mjcf(tmp_path, ARM, QUICK)
    derived = load(file)
    (kept,) = home.iterdir()
    if content == b"half":
        content = (kept / name).read_bytes()[:-20]
    if content is None:
        (kept / name).unlink()
    else:
        (kept / name).write_bytes(content)
    again = load(file)
    assert again.settings == derived.settings and again.notes == derived.notes
    assert len(derivations) == 2
    assert load(file).settings == derived.settings


def test_a_folder_that_cannot_be_written_is_no_fault(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("ROS_HOME", str(tmp_path / "file"))
    assert load(write_mjcf(tmp_path, ARM, QUICK)).robot.command_joints == (*JOINTS, *FINGERS)


def test_the_oldest_of_many_are_deleted(tmp_path: Path, home: Path) -> None:
    file = write_mjcf(tmp_path, ARM, QUICK)
    load(file)
    (kept,) = home.iterdir()
    for i in range(20):
        shutil.copytree(kept, home / f"old_{i}")
        os.utime(home / f"old_{i}", (i, i))
    write_mjcf(tmp_path, ARM, f"{QUICK}\nfloor: -0.1")
    load(file)
    left = {entry.name for entry in home.iterdir()}
    assert kept.name in left and len(left) == 12
    assert "old_19" in left and "old_0" not in left


def test_a_robot_that_is_refused_is_not_kept(tmp_path: Path, home: Path) -> None:
    with pytest.raises(Exception, match="home has 1 positions"):
        load(write_mjcf(tmp_path, ARM, "home: [0]"))
    assert not home.exists() or list(home.iterdir()) == []


def test_arrays_of_a_kept_scene_are_equal(tmp_path: Path) -> None:
    file = write_mjcf(tmp_path, ARM, QUICK)
    derived, kept = load(file).robot, load(file).robot
    for name in ("lower", "upper", "velocity_limits", "acceleration_limits", "home", "workspace"):
        np.testing.assert_array_equal(getattr(kept, name), getattr(derived, name))
