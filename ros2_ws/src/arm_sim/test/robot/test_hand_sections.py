"""Sections across convex parts are where the parts are."""

import numpy as np

from arm_sim.robot.hand_sections import section

BOX = np.array([(x, y, z) for x in (0.0, 1.0) for y in (0.2, 0.5) for z in (-0.1, 0.3)])
PYRAMID = np.array([(0, -1, -1), (0, 1, -1), (0, -1, 1), (0, 1, 1), (2, 0, 0)], dtype=np.float64)


def test_a_box_is_as_wide_everywhere() -> None:
    for depth in (0.01, 0.5, 0.99):
        found = section([BOX], depth)
        np.testing.assert_allclose(found.min(axis=0), (0.2, -0.1), rtol=0, atol=1e-12)
        np.testing.assert_allclose(found.max(axis=0), (0.5, 0.3), rtol=0, atol=1e-12)


def test_a_pyramid_gets_narrower() -> None:
    found = section([PYRAMID], 1.5)
    np.testing.assert_allclose(np.abs(found).max(axis=0), 0.25, rtol=0, atol=1e-12)


def test_beyond_the_parts_there_is_nothing() -> None:
    assert section([BOX, PYRAMID], 2.5).shape == (0, 2)
    assert section([], 0.0).shape == (0, 2)


def test_of_several_parts_all_are_there() -> None:
    both = section([BOX, PYRAMID], 0.5)
    assert len(both) == len(section([BOX], 0.5)) + len(section([PYRAMID], 0.5))
