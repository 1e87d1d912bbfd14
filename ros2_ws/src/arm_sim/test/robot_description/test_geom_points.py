"""The points of a body are on the surfaces of its geoms."""

import mujoco
import numpy as np

from arm_sim.robot_description.geom_points import body_points

BODY = """
<mujoco>
  <asset><mesh name="tetrahedron" vertex="0 0 0  0.3 0 0  0 0.2 0  0 0 0.1"/></asset>
  <worldbody>
    <body pos="1 2 3" euler="0 0 90">{geoms}</body>
  </worldbody>
</mujoco>
"""


def points(geoms: str) -> np.ndarray:
    model = mujoco.MjModel.from_xml_string(BODY.format(geoms=geoms))
    data = mujoco.MjData(model)
    mujoco.mj_kinematics(model, data)
    return body_points(model, data, 1)


def test_a_shapes_points_are_the_corners_of_its_box() -> None:
    found = points('<geom type="box" size="0.1 0.2 0.3" pos="0 0 1"/>')
    assert found.shape == (8, 3)
    # The body is turned by a quarter: x and y change places.
    np.testing.assert_allclose(found.min(axis=0), [1 - 0.2, 2 - 0.1, 4 - 0.3], atol=1e-9)
    np.testing.assert_allclose(found.max(axis=0), [1 + 0.2, 2 + 0.1, 4 + 0.3], atol=1e-9)
    long = points('<geom type="capsule" size="0.05" fromto="0 0 0 0 0 0.4"/>')
    np.testing.assert_allclose(np.ptp(long, axis=0), [0.1, 0.1, 0.5], atol=1e-9)


def test_a_meshs_points_are_its_vertices() -> None:
    found = points('<geom type="mesh" mesh="tetrahedron"/>')
    corners = [[0, 0, 0], [0, 0.3, 0], [-0.2, 0, 0], [0, 0, 0.1]]
    expected = np.array([1, 2, 3]) + corners
    distances = np.linalg.norm(found[:, None] - expected, axis=2)
    assert found.shape == (4, 3) and distances.min(axis=0).max() < 1e-6


def test_all_geoms_count_but_planes() -> None:
    two = '<geom size="0.1" pos="1 0 0"/><geom size="0.1" pos="-1 0 0"/>'
    assert points(two).shape == (16, 3)
    assert points("").shape == (0, 3)
    plane = '<mujoco><worldbody><geom type="plane" size="1 1 1"/></worldbody></mujoco>'
    model = mujoco.MjModel.from_xml_string(plane)
    assert body_points(model, mujoco.MjData(model), 0).shape == (0, 3)
