"""Pairs of bodies that touch at home or nearly always are found; contacts with floors are not."""

from collections.abc import Callable

import mujoco
import numpy as np

from arm_sim.scene.touching_pairs import touching_pairs

MakeSpec = Callable[..., mujoco.MjSpec]
ARM = np.arange(3)
COLLIDING = {'contype="0" conaffinity="0"': 'contype="1" conaffinity="1"'}


def names(spec: mujoco.MjSpec, *home: float) -> set[tuple[str, str]]:
    """The names of the pairs at a home of the arm."""
    model = spec.compile()
    pairs = touching_pairs(model, ARM, np.array(home))
    return {(model.body(a).name, model.body(b).name) for a, b in pairs}


def test_neighbours_are_found_though_they_do_not_touch(small_arm: MakeSpec) -> None:
    assert names(small_arm(), 0.3, 0.5, 0.9) == {("base", "upper")}


def test_what_touches_at_home_is_found(small_arm: MakeSpec) -> None:
    assert ("upper", "wrist") not in names(small_arm(COLLIDING), 0.3, 0.5, 0.9)
    assert ("upper", "wrist") in names(small_arm(COLLIDING), 0.3, 0.5, 1.6)


def test_what_touches_nearly_always_is_found(small_arm: MakeSpec) -> None:
    spec = small_arm(COLLIDING)  # A shell around the upper link, which the wrist reaches into.
    spec.body("upper").add_geom(
        name="shell", size=(0.4, 0, 0), pos=(0.0, 0.0, 0.2), contype=1, conaffinity=1
    )
    away = small_arm(COLLIDING)
    assert ("upper", "wrist") in names(spec, 0.3, 0.5, 0.9)
    assert ("upper", "wrist") not in names(away, 0.3, 0.5, 0.9)


def test_lying_on_the_floor_has_a_meaning(small_arm: MakeSpec) -> None:
    spec = small_arm(COLLIDING)
    spec.worldbody.add_geom(
        name="floor", type=mujoco.mjtGeom.mjGEOM_PLANE, size=(1, 1, 0.1), contype=1, conaffinity=1
    )
    assert names(spec, 0.0, 2.5, 0.0) == {("base", "upper")}
