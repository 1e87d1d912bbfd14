"""Only `*_node.py` and `ros_*.py` import rclpy; all else works, and is tested, without a graph."""

import json
import pkgutil
import subprocess
import sys

import pytest

import arm_sim
import arm_trainer

PROBE = """
import importlib, json, sys
added = {}
for name in json.loads(sys.argv[1]):
    importlib.import_module(name)
    added[name] = sorted({"rclpy", "launch"} & set(sys.modules))
json.dump(added, sys.stdout)
"""


def modules(edge: bool) -> list[str]:
    """The modules at the edge, which may import rclpy, or the others."""
    found = []
    for package in (arm_sim, arm_trainer):
        for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            last = module.name.rpartition(".")[2]
            if (last.endswith("_node") or last.startswith("ros_")) == edge:
                found.append(module.name)
    return found


def imported(names: list[str]) -> dict[str, list[str]]:
    """What of ROS has been imported after each module, in a process of their own."""
    done = subprocess.run(
        [sys.executable, "-c", PROBE, json.dumps(names)], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_the_cores_import_no_ros() -> None:
    names = modules(edge=False)
    assert {"arm_sim.simulation", "arm_sim.cameras", "arm_trainer.training"} < set(names)
    assert {name: ros for name, ros in imported(names).items() if ros} == {}


@pytest.mark.parametrize("name", ["arm_sim.sim_node", "arm_trainer.ros_backend"])
def test_the_edge_does(name: str) -> None:
    # So that the test above would notice.
    assert name in modules(edge=True)
    assert imported([name])[name] == ["rclpy"]
