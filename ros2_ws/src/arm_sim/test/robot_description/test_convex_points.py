"""The convex hull of a geom's points is the geom, as contacts see it."""

import mujoco
import numpy as np
import pytest

from arm_sim.robot_description.convex_points import convex_points

MESH = (
    '<asset><mesh name="wedge" vertex="0 0 0  0.3 0 0  0 0.2 0  0 0 0.1  0.01 0.01 0.01" '
    'inertia="shell"/></asset>'
)
SHAPES = {
    "box": 'type="box" size="0.1 0.2 0.3"',
    "sphere": 'type="sphere" size="0.2"',
    "capsule": 'type="capsule" size="0.1 0.2"',
    "cylinder": 'type="cylinder" size="0.1 0.2"',
    "ellipsoid": 'type="ellipsoid" size="0.1 0.2 0.3"',
}


def model_of(geom: str, assets: str = "") -> mujoco.MjModel:
    return mujoco.MjModel.from_xml_string(
        f"<mujoco>{assets}<worldbody><geom {geom}/></worldbody></mujoco>"
    )


def farthest(shape: str, direction: np.ndarray) -> float:
    """How far a shape of `SHAPES` extends in a direction, from its formula."""
    x, y, z = direction
    return {
        "box": 0.1 * abs(x) + 0.2 * abs(y) + 0.3 * abs(z),
        "sphere": 0.2,
        "capsule": 0.1 + 0.2 * abs(z),
        "cylinder": 0.1 * np.hypot(x, y) + 0.2 * abs(z),
        "ellipsoid": np.linalg.norm([0.1 * x, 0.2 * y, 0.3 * z]),
    }[shape]


@pytest.mark.parametrize("shape", SHAPES)
def test_a_primitive_extends_as_far_in_every_direction(shape: str) -> None:
    points = convex_points(model_of(SHAPES[shape]), 0)
    directions = np.random.default_rng(0).normal(size=(200, 3))
    for direction in directions / np.linalg.norm(directions, axis=1, keepdims=True):
        extent, expected = (points @ direction).max(), farthest(shape, direction)
        assert expected - 0.003 < extent < expected + 1e-9


def test_of_a_mesh_all_corners_are_kept_and_nothing_inside() -> None:
    points = convex_points(model_of('type="mesh" mesh="wedge"', MESH), 0)
    assert len(points) == 4
    assert np.ptp(points, axis=0).max() == pytest.approx(np.linalg.norm((0.3, 0.2)), abs=0.06)


def test_of_a_fine_mesh_hardly_anything_is_lost() -> None:
    angles = np.random.default_rng(1).normal(size=(4000, 3))
    ball = 0.05 * angles / np.linalg.norm(angles, axis=1, keepdims=True)
    vertices = " ".join(f"{x:.6f}" for x in ball.ravel())
    model = model_of(
        'type="mesh" mesh="ball"', f'<asset><mesh name="ball" vertex="{vertices}"/></asset>'
    )
    points = convex_points(model, 0)
    assert len(points) < 1600
    for direction in angles[:200] / np.linalg.norm(angles[:200], axis=1, keepdims=True):
        assert (points @ direction).max() > 0.05 * 0.995


def test_a_plane_has_no_points() -> None:
    assert convex_points(model_of('type="plane" size="1 1 1"'), 0).shape == (0, 3)
