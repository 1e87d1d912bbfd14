"""Contacts of a posture are found, but for those that are always there."""

import mujoco
import numpy as np

from arm_sim.scene.arm_geometry import ArmGeometry
from arm_sim.scene.posture_contacts import PostureContacts
from support.primitive_arms import JOINTS, chain, mjcf

COLLIDING = '<geom contype="1" conaffinity="1"/>'
RING = '<geom type="box" size="0.05 0.05 0.02" pos="0 0 0.1" mass="1"/>'


def contacts(world: str, **arguments: str) -> tuple[mujoco.MjModel, PostureContacts]:
    text = mjcf(world, **arguments).replace('<geom contype="1" conaffinity="2"/>', COLLIDING)
    model = mujoco.MjModel.from_xml_string(text)
    return model, PostureContacts(ArmGeometry(model, list(JOINTS), "link_6", np.eye(4)))


def names(model: mujoco.MjModel, pairs: frozenset) -> set[frozenset[str]]:
    return {frozenset(model.body(body).name for body in pair) for pair in pairs}


def test_links_that_fold_onto_each_other_touch() -> None:
    model, found = contacts(chain())
    assert found.at(np.zeros(6)) == frozenset()
    folded = names(model, found.at(np.array([0, 2.4, 2.4, 0, 2.4, 0])))
    assert frozenset({"link_3", "link_1"}) in folded or frozenset({"link_5", "link_2"}) in folded


def test_a_post_beside_the_arm_is_touched() -> None:
    post = '<geom name="post" type="cylinder" size="0.03 0.5" pos="0.4 0 0.5"/>'
    model, found = contacts(post + chain())
    assert found.at(np.zeros(6)) == frozenset()
    assert frozenset({"base", "link_3"}) in names(model, found.at(np.array([0, 1.2, 0, 0, 0, 0])))


def test_what_touches_nearly_everywhere_does_not_count() -> None:
    # The second link is drawn through a ring on the base.
    model, found = contacts(RING.replace("0 0 0.1", "0 0 0.25") + chain())
    assert frozenset({"base", "link_2"}) in names(model, found.always)
    assert found.at(np.zeros(6)) == frozenset()
