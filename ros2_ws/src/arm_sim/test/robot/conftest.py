"""Arms that are harder to convert to URDF than the built-in ones."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import trimesh

from arm_sim.robot.robot import Robot
from arm_sim.scene.loader import load_robot

MODELS = Path(__file__).parent / "models"
# A body with corners at no symmetric place: (8, 3) and, counted from 1, (12, 3).
WEDGE = [(x, y, z * (1 + x)) for x in (0.1, 0.9) for y in (-0.2, 0.3) for z in (0.05, 0.4)]
WEDGE_FACES = [
    *((1, 2, 4), (1, 4, 3), (5, 7, 8), (5, 8, 6), (1, 5, 6), (1, 6, 2)),
    *((3, 4, 8), (3, 8, 7), (1, 3, 7), (1, 7, 5), (2, 6, 8), (2, 8, 4)),
]


@pytest.fixture
def odd_arm_file() -> str:
    """The MJCF file of an arm with turned bodies, several joints on a body, and odd anchors."""
    return str(MODELS / "odd_arm.xml")


@pytest.fixture
def odd_arm(odd_arm_file: str) -> Robot:
    """The arm of `odd_arm_file`."""
    return load_robot(odd_arm_file)


@pytest.fixture
def wedge() -> np.ndarray:
    """(8, 3) corners of the mesh in wedge.obj, m."""
    return np.array(WEDGE)


@pytest.fixture
def mesh_arm(
    write_arm: Callable[..., Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Robot:
    """An arm of meshes off their centres."""
    monkeypatch.setenv("ROS_HOME", str(tmp_path / "ros_home"))
    lines = [f"v {x} {y} {z}" for x, y, z in WEDGE] + [f"f {a} {b} {c}" for a, b, c in WEDGE_FACES]
    (tmp_path / "wedge.obj").write_text("\n".join(lines) + "\n", encoding="utf-8")
    trimesh.creation.icosphere(subdivisions=1, radius=0.1).apply_translation([0.3, 0, 0.1]).export(
        tmp_path / "ball.stl"
    )
    return load_robot(str(write_arm(str(MODELS / "mesh_arm.xml"))))


@pytest.fixture(params=["fetch_arm", "six_axis_arm", "seven_axis_arm", "odd_arm", "mesh_arm"])
def any_arm(request: pytest.FixtureRequest) -> Robot:
    """Each built-in arm, the odd arm and the arm of meshes."""
    if request.param in ("odd_arm", "mesh_arm"):
        return request.getfixturevalue(request.param)
    return load_robot(request.param)
