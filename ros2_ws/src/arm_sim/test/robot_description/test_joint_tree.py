"""The tree of moving bodies: what hangs on what, and how far it reaches."""

import mujoco
import numpy as np
import pytest

from arm_sim.robot_description.joint_tree import JointTree

TREE = """
<mujoco>
  <compiler angle="radian"/>
  <worldbody>
    <body name="base">
      <body name="shoulder" pos="0 0 1">
        <joint name="pan"/><joint name="rail" type="slide"/>
        <geom type="sphere" size="0.1"/>
        <body name="bracket" pos="0.5 0 0">
          <geom type="box" size="0.1 0.1 0.1" pos="0.4 0 0"/>
          <body name="wrist"><joint name="bend" pos="0.2 0 0"/><geom size="0.1"/></body>
        </body>
      </body>
    </body>
    <body name="brick">
      <freejoint/><geom size="0.1"/>
      <body name="lid"><joint name="lid"/><geom size="0.1"/></body>
    </body>
    <body name="ball"><joint name="ball" type="ball"/><geom size="0.1"/></body>
  </worldbody>
</mujoco>
"""


@pytest.fixture(scope="module")
def model() -> mujoco.MjModel:
    return mujoco.MjModel.from_xml_string(TREE)


@pytest.fixture(scope="module")
def tree(model: mujoco.MjModel) -> JointTree:
    return JointTree(model)


def names(model: mujoco.MjModel, bodies: list[int]) -> list[str]:
    return [model.body(body).name for body in bodies]


def test_bodies_move_by_hinges_and_slides_alone(model: mujoco.MjModel, tree: JointTree) -> None:
    assert names(model, [b for b in range(model.nbody) if tree.moves(b)]) == [
        "shoulder",
        "wrist",
        "lid",
    ]
    joints = tree.joints(model.body("shoulder").id)
    assert [model.joint(joint).name for joint in joints] == ["pan", "rail"]
    assert tree.joints(model.body("ball").id) == []


def test_children_are_the_nearest_moving_bodies(model: mujoco.MjModel, tree: JointTree) -> None:
    shoulder, brick = model.body("shoulder").id, model.body("brick").id
    assert names(model, tree.children(0)) == ["shoulder"]
    assert names(model, tree.children(shoulder)) == ["wrist"]
    assert names(model, tree.children(brick)) == ["lid"]  # A free body begins a tree of its own.
    assert tree.moving_parent(model.body("wrist").id) == shoulder
    assert tree.moving_parent(shoulder) == 0


def test_a_subtree_has_all_and_a_rigid_part_what_is_fixed(
    model: mujoco.MjModel, tree: JointTree
) -> None:
    shoulder = model.body("shoulder").id
    assert names(model, tree.subtree(shoulder)) == ["shoulder", "bracket", "wrist"]
    assert names(model, tree.rigid_part(shoulder)) == ["shoulder", "bracket"]


def test_lengths_are_measured_from_the_first_joint(model: mujoco.MjModel, tree: JointTree) -> None:
    shoulder, wrist = model.body("shoulder").id, model.body("wrist").id
    np.testing.assert_allclose(tree.anchor(wrist), [0.7, 0, 1], atol=1e-12)
    # The far corners of the bracket's box.
    assert tree.extent(shoulder) == pytest.approx(np.linalg.norm([1.0, 0.1, 0.1]))
    assert tree.points([shoulder]).shape == (8, 3)
    assert tree.points([]).shape == (0, 3)
