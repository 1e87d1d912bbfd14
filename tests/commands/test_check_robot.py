"""`check_robot` prints what it found and says by its exit code whether the arm can be used."""

import shlex
import subprocess
from collections.abc import Callable
from pathlib import Path

import cv2
import pytest

from arm_sim.scene.loader import load_scene
from support.awkward_arms import write_mimic_arm, write_tendon_arm
from support.processes import executable

ROOT = Path(__file__).parents[2]


def check(*arguments: object) -> tuple[int, str]:
    command = [executable("check_robot"), *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=100)
    assert "Traceback" not in done.stderr
    return done.returncode, done.stdout + done.stderr


def test_a_robot_that_can_be_used_exits_with_0_and_says_what_is_next() -> None:
    code, output = check("six_axis_arm")
    assert code == 0
    assert "Errors: 0, warnings: 0. It can be used." in output.splitlines()
    assert output.splitlines()[-1] == "Next: ./arm train --model six_axis_arm"
    assert "home: [0.0, -1.3, 1.7, -1.9, 1.57, 0.0]" in output.splitlines()


def test_a_robot_that_cannot_exits_with_1_and_says_why(tmp_path: Path) -> None:
    body = "<body><joint name='elbow'/><geom size='.1'/></body>"
    (tmp_path / "bare.xml").write_text(f"<mujoco><worldbody>{body}</worldbody></mujoco>")
    code, output = check(tmp_path / "bare.xml")
    assert code == 1
    assert output.splitlines() == [
        "error    bare: There is no arm: no chain of at least three hinges that hang on each other "
        "(joints: elbow).",
        "Errors: 1, warnings: 0. It can not be used.",
    ]


@pytest.mark.parametrize("write", [write_tendon_arm, write_mimic_arm])
def test_files_as_makers_write_them_can_be_used(
    tmp_path: Path, write: Callable[[Path], Path]
) -> None:
    code, output = check(write(tmp_path))
    assert code == 0 and "It can be used." in output
    assert "error" not in output and "warning  " not in output


def test_a_written_scene_gives_the_same_robot_and_is_named_in_what_is_next(tmp_path: Path) -> None:
    (tmp_path / "my robots").mkdir()
    file, scene = write_tendon_arm(tmp_path / "my robots"), tmp_path / "scene of mine.yaml"
    code, output = check(file, "--write", scene)
    assert code == 0
    following = shlex.split(output.splitlines()[-1])
    assert following == ["Next:", "./arm", "train", "--model", str(file), "--scene", str(scene)]
    derived, kept = load_scene(str(file)), load_scene(str(file), str(scene))
    assert kept.settings == derived.settings
    assert check(file, "--scene", scene)[0] == 0


def test_a_picture_shows_every_camera(tmp_path: Path) -> None:
    code, output = check("six_axis_arm", "--picture", tmp_path / "arm.png")
    assert code == 0 and str(tmp_path / "arm.png") in output
    height, width, _ = cv2.imread(str(tmp_path / "arm.png")).shape
    assert width == 3 * height >= 600


def test_a_file_that_cannot_be_written_is_one_sentence_and_2(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    for option in ("--write", "--picture"):
        code, output = check("six_axis_arm", option, tmp_path / "file" / "out")
        assert code == 2
        assert output.splitlines()[-1].startswith("check_robot: ")


@pytest.mark.parametrize("model", ["puma", "absent.xml"])
def test_no_robot_at_all_is_one_sentence_and_2(model: str) -> None:
    code, output = check(model)
    assert code == 2
    assert output.startswith("check_robot: There is no ")
    assert len(output.splitlines()) == 1


def test_no_scene_file_is_one_sentence_and_2() -> None:
    code, output = check("six_axis_arm", "--scene", "absent.yaml")
    assert code == 2
    assert output.startswith("check_robot: There is no scene file ")
    assert len(output.splitlines()) == 1


def test_a_hyphen_will_do() -> None:
    command = [ROOT / "arm", "check-robot", "six_axis_arm"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=100)
    assert done.returncode == 0, done.stderr
