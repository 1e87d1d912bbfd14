"""What scripts/setup.sh installs, and that a sourced ROS and the ROS of .venv never mix.

In a copy of scripts/ beside a stand-in for .venv; `ros2`, `apt-get` and browsers are stand-ins too.
"""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from support.browser import NAMES as BROWSERS
from support.processes import ROOT

# What the scripts use of the system, where nothing else is to be on their PATH.
TOOLS = ("bash", "cat", "cmp", "dirname", "find", "flock", "grep", "mv", "readlink", "touch")


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project that is set up, but for the packages, and a `ros2` in ros/bin."""
    shutil.copytree(ROOT / "scripts", tmp_path / "scripts")
    for executable in (".venv/bin/python", "ros/bin/ros2"):
        stand_in(tmp_path / executable, "exit 99")
    (tmp_path / ".venv" / ".opengl-found").touch()
    (tmp_path / ".venv" / "lib" / "python3.12" / "site-packages").mkdir(parents=True)
    (tmp_path / ".venv" / "bin" / "activate").write_text(f'VIRTUAL_ENV="{tmp_path}/.venv"\n')
    (tmp_path / "ros2_ws" / "install").mkdir(parents=True)
    (tmp_path / "ros2_ws" / "install" / "local_setup.bash").touch()
    return tmp_path


def stand_in(path: Path, body: str) -> None:
    """Writes an executable shell script."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{body}\n")
    path.chmod(0o755)


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


@pytest.mark.parametrize(
    ("user", "present", "installed"),
    [(0, "", True), (1000, "", False), *((0, browser, False) for browser in BROWSERS)],
)
def test_a_browser_for_the_tests_is_installed_where_there_is_none(
    project: Path, user: int, present: str, installed: bool
) -> None:
    bin_folder = project / "bin"
    bin_folder.mkdir()
    for tool in TOOLS:
        (bin_folder / tool).symlink_to(str(shutil.which(tool)))
    stand_in(bin_folder / "id", f"echo {user}")
    stand_in(bin_folder / "apt-get", f'echo "$@" >> {project}/apt-get.called')
    if present:
        stand_in(bin_folder / present, "")
    stand_in(project / ".venv" / "bin" / "python", "")
    (project / ".venv" / "pyvenv.cfg").write_text("include-system-site-packages = false\n")
    for file in ("requirements.txt", "requirements-dev.txt"):
        (project / file).touch()
    (project / "ros2_ws" / "src").mkdir()
    (project / "ros2_ws" / "install" / ".built").touch()
    done = subprocess.run(
        [project / "scripts" / "setup.sh", "dev"],
        env={"PATH": str(bin_folder)},
        capture_output=True,
        text=True,
        timeout=30,
    )
    assert done.returncode == 0, done.stderr
    called = project / "apt-get.called"
    commands = called.read_text() if called.exists() else ""
    assert ("chromium" in commands) == installed, done.stderr
