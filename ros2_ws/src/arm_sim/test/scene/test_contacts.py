"""Contacts without meaning are left out, links pass through each other in the cheap scene only."""

from collections.abc import Callable

import mujoco
import numpy as np
import pytest

from arm_sim.scene.contact_masks import ANYTHING, restore_masks
from arm_sim.scene.contacts import apply_contacts

MakeSpec = Callable[..., mujoco.MjSpec]
HOME = np.array([0.3, 0.5, 0.9])
ARM = np.arange(3)
COLLIDING = {'contype="0" conaffinity="0"': 'contype="1" conaffinity="1"'}


def contacts(model: mujoco.MjModel, *posture: float) -> set[tuple[str, str]]:
    """The bodies that touch at positions of the arm's joints."""
    data = mujoco.MjData(model)
    data.qpos[:] = posture
    mujoco.mj_forward(model, data)
    pairs = np.sort(model.geom_bodyid[data.contact.geom], axis=1)
    return {(model.body(a).name, model.body(b).name) for a, b in pairs}


def scene(spec: mujoco.MjSpec, exact: bool) -> tuple[mujoco.MjModel, list[str]]:
    """The compiled scene of the small arm, with a floor that touches its folded wrist."""
    spec.worldbody.add_geom(
        name="floor", type=mujoco.mjtGeom.mjGEOM_PLANE, size=(1, 1, 0.1), pos=(0, 0, -0.05),
        contype=ANYTHING, conaffinity=ANYTHING,
    )  # fmt: skip
    sentences = apply_contacts(spec, spec.compile(), ARM, HOME, exact)
    return spec.compile(), sentences


def test_the_first_link_does_not_rub_on_its_static_base(small_arm: MakeSpec) -> None:
    spec = small_arm(COLLIDING)
    assert ("base", "upper") in contacts(spec.compile(), 0.0, 0.0, 0.0)
    model, sentences = scene(spec, exact=True)
    assert not contacts(model, 0.0, 0.0, 0.0)
    assert "base and upper" in sentences[0]


@pytest.mark.parametrize("exact", [True, False])
def test_links_collide_with_each_other_in_the_exact_scene_only(
    small_arm: MakeSpec, exact: bool
) -> None:
    model, _ = scene(small_arm(COLLIDING), exact)
    assert (("upper", "wrist") in contacts(model, 0.0, 0.0, 1.6)) == exact


@pytest.mark.parametrize("exact", [True, False])
def test_links_collide_with_the_floor(small_arm: MakeSpec, exact: bool) -> None:
    model, _ = scene(small_arm(COLLIDING), exact)
    assert ("world", "wrist") in contacts(model, 0.0, 2.0, 0.0)
    assert ("world", "lower") in contacts(model, 0.0, 3.0, 0.0)


@pytest.mark.parametrize("exact", [True, False])
def test_the_last_links_collide_with_the_base(small_arm: MakeSpec, exact: bool) -> None:
    spec = small_arm(COLLIDING)
    spec.body("base").add_geom(
        name="post", size=(0.1, 0, 0), pos=(0.4, 0, 0.2), contype=1, conaffinity=1
    )
    model, _ = scene(spec, exact)
    assert ("base", "wrist") in contacts(model, 0.0, 1.6, 0.0)
    assert (("base", "lower") in contacts(model, 0.0, 1.6, 0.0)) == exact


def test_what_never_collides_stays_so(small_arm: MakeSpec) -> None:
    model, _ = scene(small_arm(), exact=False)
    assert not contacts(model, 0.0, 2.0, 0.0)


def test_the_files_masks_can_be_restored(small_arm: MakeSpec) -> None:
    exact, _ = scene(small_arm(COLLIDING), exact=True)
    cheap, _ = scene(small_arm(COLLIDING), exact=False)
    assert not np.array_equal(cheap.geom_contype, exact.geom_contype)
    restore_masks(cheap)
    for field in ("geom_contype", "geom_conaffinity", "body_contype", "body_conaffinity"):
        np.testing.assert_array_equal(getattr(cheap, field), getattr(exact, field))


def test_bodies_without_a_name_are_left_out_too(small_arm: MakeSpec) -> None:
    model, sentences = scene(small_arm(COLLIDING | {' name="upper" pos': " pos"}), exact=True)
    assert not contacts(model, 0.0, 0.0, 0.0)
    assert "base and body_2" in sentences[0]
