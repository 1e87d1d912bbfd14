"""`check_robot` prints what it found and says by its exit code whether the arm can be used."""

import subprocess
from pathlib import Path

import pytest

from support.processes import executable

ROOT = Path(__file__).parents[2]


def check(model: object) -> tuple[int, str]:
    command = [executable("check_robot"), str(model)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert "Traceback" not in done.stderr
    return done.returncode, done.stdout + done.stderr


def test_a_robot_that_can_be_used_exits_with_0() -> None:
    code, output = check("six_axis_arm")
    assert code == 0
    assert output.splitlines()[-1] == "Errors: 0, warnings: 0. It can be used."


def test_a_robot_that_cannot_exits_with_1_and_says_what_to_type(tmp_path: Path) -> None:
    body = "<body><joint name='elbow'/><geom size='.1'/></body>"
    (tmp_path / "bare.xml").write_text(f"<mujoco><worldbody>{body}</worldbody></mujoco>")
    code, output = check(tmp_path / "bare.xml")
    assert code == 1
    assert "error    No position actuator moves elbow." in output
    assert '         <position name="elbow" joint="elbow"' in output
    assert "arm_joints: [elbow]" in output
    assert output.splitlines()[-1].endswith("It can not be used.")


@pytest.mark.parametrize("model", ["puma", "absent.xml"])
def test_no_robot_at_all_is_one_sentence_and_2(model: str) -> None:
    code, output = check(model)
    assert code == 2
    assert output.startswith("check_robot: There is no ")
    assert len(output.splitlines()) == 1


def test_a_hyphen_will_do() -> None:
    command = [ROOT / "arm", "check-robot", "six_axis_arm"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=100)
    assert done.returncode == 0, done.stderr
