"""The surfaces that objects can lie on are found, the highest first."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from arm_sim.scene.loader import load_robot
from arm_sim.scene.support import support_surfaces

BOXES = "boxes:\n  table_top:"


def test_of_a_built_in_arm_they_are_its_table_and_the_floor() -> None:
    surfaces = support_surfaces(load_robot("fetch_arm"))
    assert [surface.height for surface in surfaces] == pytest.approx([0.60, 0.56, 0.0])
    np.testing.assert_allclose(surfaces[0].lower, (0.50, -0.55), rtol=0, atol=1e-9)
    np.testing.assert_allclose(surfaces[0].upper, (1.14, 0.55), rtol=0, atol=1e-9)
    assert np.isinf(surfaces[-1].lower).all() and np.isinf(surfaces[-1].upper).all()


def test_what_is_beside_or_above_the_workspace_is_none(write_arm: Callable[..., Path]) -> None:
    beside = "boxes:\n  shelf: {centre: [0.7, 2.0, 0.9], size: [0.5, 0.5, 0.2]}\n"
    above = "  lamp: {centre: [0.7, 0.0, 1.9], size: [0.5, 0.5, 0.2]}\n  table_top:"
    changed = load_robot(str(write_arm("fetch_arm", yaml={BOXES: beside + above})))
    heights = [surface.height for surface in support_surfaces(changed)]
    assert heights == pytest.approx([0.60, 0.56, 0.0])


def test_boxes_of_the_robot_itself_are_none(write_arm: Callable[..., Path]) -> None:
    own = '<worldbody>\n    <geom type="box" size="0.3 0.3 0.35" pos="0.9 0 0.35"/>'
    changed = load_robot(str(write_arm("fetch_arm", xml={"<worldbody>": own})))
    heights = [surface.height for surface in support_surfaces(changed)]
    assert heights == pytest.approx([0.60, 0.56, 0.0])


def test_in_a_cheap_scene_they_are_the_same(write_arm: Callable[..., Path]) -> None:
    cheap = load_robot(str(write_arm("fetch_arm", yaml={"exact: true": "exact: false"})))
    heights = [surface.height for surface in support_surfaces(cheap)]
    assert heights == pytest.approx([0.60, 0.56, 0.0])
