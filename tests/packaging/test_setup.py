"""A sourced ROS and the ROS of .venv never mix, and the pinned packages come first in both.

In a copy of scripts/ beside a stand-in for .venv; `ros2` is a stand-in too.
"""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from processes import ROOT


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project that is set up, but for the packages, and a `ros2` in ros/bin."""
    shutil.copytree(ROOT / "scripts", tmp_path / "scripts")
    for executable in (".venv/bin/python", "ros/bin/ros2"):
        path = tmp_path / executable
        path.parent.mkdir(parents=True)
        path.write_text("#!/bin/sh\nexit 99\n")
        path.chmod(0o755)
    (tmp_path / ".venv" / "lib" / "python3.12" / "site-packages").mkdir(parents=True)
    (tmp_path / ".venv" / "bin" / "activate").write_text(f'VIRTUAL_ENV="{tmp_path}/.venv"\n')
    (tmp_path / "ros2_ws" / "install").mkdir(parents=True)
    (tmp_path / "ros2_ws" / "install" / "local_setup.bash").touch()
    return tmp_path


def bash(project: Path, command: str, *, ros: bool) -> subprocess.CompletedProcess[str]:
    environment = {"PATH": os.defpath}
    if ros:
        environment["PATH"] = f"{project}/ros/bin:{os.defpath}"
        environment |= {"ROS_DISTRO": "jazzy", "PYTHONPATH": f"{project}/ros/packages"}
    return subprocess.run(
        ["bash", "-c", command],
        cwd=project,
        env=environment,
        capture_output=True,
        text=True,
        timeout=30,
    )


@pytest.mark.parametrize(
    ("ros", "says"), [(True, "made without one"), (False, "made with a sourced ROS")]
)
def test_a_venv_of_the_other_kind_is_refused(project: Path, ros: bool, says: str) -> None:
    configuration = project / ".venv" / "pyvenv.cfg"
    configuration.write_text(f"include-system-site-packages = {str(not ros).lower()}\n")
    done = bash(project, "scripts/setup.sh", ros=ros)
    assert done.returncode == 2
    assert says in done.stderr and "make clean" in done.stderr


@pytest.mark.parametrize("ros", [True, False])
def test_a_venv_of_its_own_kind_is_taken(project: Path, ros: bool) -> None:
    configuration = project / ".venv" / "pyvenv.cfg"
    configuration.write_text(f"include-system-site-packages = {str(ros).lower()}\n")
    (project / "requirements.txt").write_text("numpy\nros-rclpy\n")
    done = bash(project, "scripts/setup.sh", ros=ros)
    assert "Installing requirements.txt" in done.stderr
    wanted = (project / ".venv" / "wanted.txt").read_text().split()
    assert wanted == (["numpy"] if ros else ["numpy", "ros-rclpy"])


def test_pinned_packages_come_before_those_of_a_sourced_ros(project: Path) -> None:
    done = bash(project, '. scripts/activate.sh; echo "$PYTHONPATH"', ros=True)
    assert done.stdout.split() == [
        f"{project}/.venv/lib/python3.12/site-packages:{project}/ros/packages"
    ]
    done = bash(project, '. scripts/activate.sh; echo "$AMENT_PREFIX_PATH"', ros=False)
    assert done.stdout.split() == [f"{project}/.venv"]
