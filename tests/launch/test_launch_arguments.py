"""Each launch file's arguments and what `--show-args` would say of them; no ROS is needed."""

import runpy
import sys
from collections.abc import Iterator
from pathlib import Path
from unittest.mock import MagicMock

import pytest

from support.processes import ROOT

STUBS = (
    "launch",
    "launch.actions",
    "launch.conditions",
    "launch.launch_description_sources",
    "launch.substitutions",
    "launch_ros",
    "launch_ros.actions",
    "launch_ros.parameter_descriptions",
    "launch_ros.substitutions",
)
PACKAGES = ROOT / "ros2_ws" / "src"
ARGUMENTS = {
    "arm_sim/launch/sim.launch.py": "model mode num_arms realtime_factor cameras image_width "
    "image_height image_quality web_port rviz namespace",
    "arm_sim/launch/view.launch.py": "model namespace rviz headless use_sim_time",
    "arm_trainer/launch/train.launch.py": "algorithm task action steps device num_arms num_sims "
    "seed vision model log_dir sim namespace",
    "arm_trainer/launch/compare.launch.py": "algorithms task action steps seeds episodes device "
    "model workers log_dir",
    "arm_trainer/launch/demo.launch.py": "steps targets seed log_dir",
}


@pytest.fixture
def declare(monkeypatch: pytest.MonkeyPatch) -> Iterator[MagicMock]:
    """Takes the place of DeclareLaunchArgument, and remembers."""
    modules = {name: MagicMock() for name in STUBS}
    for name, module in modules.items():
        monkeypatch.setitem(sys.modules, name, module)
    yield modules["launch.actions"].DeclareLaunchArgument
    # It keeps what it has imported: the stubs.
    sys.modules.pop("arm_trainer.ros.command_launch", None)


def declared(file: Path, declare: MagicMock) -> dict[str, str]:
    """Name and description of each argument."""
    runpy.run_path(str(file))["generate_launch_description"]()
    return {call.args[0]: call.kwargs.get("description", "") for call in declare.call_args_list}


@pytest.mark.parametrize(
    "file", [str(f.relative_to(PACKAGES)) for f in PACKAGES.rglob("*.launch.py")]
)
def test_every_argument_is_explained(declare: MagicMock, file: str) -> None:
    arguments = declared(PACKAGES / file, declare)
    assert arguments
    assert [name for name, text in arguments.items() if len(text) < 5] == []


@pytest.mark.parametrize("file", ARGUMENTS)
def test_the_arguments_are_there(declare: MagicMock, file: str) -> None:
    assert set(ARGUMENTS[file].split()) <= set(declared(PACKAGES / file, declare))


def test_each_launch_file_is_also_at_the_top() -> None:
    inner = {file.name for file in PACKAGES.rglob("*.launch.py")}
    assert inner == {file.name for file in (ROOT / "launch").glob("*.launch.py")}
    for file in (ROOT / "launch").glob("*.launch.py"):
        assert f'"{file.name}"' in file.read_text()  # It includes its namesake.
