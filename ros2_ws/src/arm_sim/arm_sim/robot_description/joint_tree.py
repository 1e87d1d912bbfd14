"""JointTree: which moving body hangs on which, read off a compiled model."""

import functools

import mujoco
import numpy as np

from arm_sim.common.arrays import Floats
from arm_sim.robot_description.geom_points import body_points

_ONE_POSITION = (mujoco.mjtJoint.mjJNT_HINGE.value, mujoco.mjtJoint.mjJNT_SLIDE.value)


class JointTree:
    """The moving bodies of a model as a tree; a body moves if it has a hinge or a slide.

    A body with a free or a ball joint is the root of a tree of its own.

    Attributes:
        model: The compiled model.
        data: Its state with all joints at `qpos0`.
    """

    def __init__(self, model: mujoco.MjModel) -> None:
        """Reads the tree of a compiled model."""
        self.model = model
        self.data = mujoco.MjData(model)
        mujoco.mj_kinematics(model, self.data)

    def joints(self, body: int) -> list[int]:
        """Returns the hinges and slides of a body."""
        first, count = self.model.body_jntadr[body], self.model.body_jntnum[body]
        return [j for j in range(first, first + count) if self.model.jnt_type[j] in _ONE_POSITION]

    def moves(self, body: int) -> bool:
        """Returns whether a body has a hinge or a slide, and no joint of another kind."""
        found = self.joints(body)
        return bool(found) and len(found) == self.model.body_jntnum[body]

    def children(self, body: int) -> list[int]:
        """Returns the nearest moving bodies below a body, in the order of the file."""
        return self._children[body]

    @functools.cached_property
    def _children(self) -> dict[int, list[int]]:
        children: dict[int, list[int]] = {body: [] for body in range(self.model.nbody)}
        for body in range(1, self.model.nbody):
            if self.moves(body):
                children[self.moving_parent(body)].append(body)
        return children

    def moving_parent(self, body: int) -> int:
        """Returns the nearest body above that has any joint; the world is 0."""
        parent = int(self.model.body_parentid[body])
        while parent and not self.model.body_jntnum[parent]:
            parent = int(self.model.body_parentid[parent])
        return parent

    def subtree(self, body: int) -> list[int]:
        """Returns a body and all that hang on it."""
        inside = {body}
        for other in range(body + 1, self.model.nbody):  # Parents come before their children.
            if int(self.model.body_parentid[other]) in inside:
                inside.add(other)
        return sorted(inside)

    def rigid_part(self, body: int) -> list[int]:
        """Returns a body and the bodies that are fixed to it."""
        inside = {body}
        for other in range(body + 1, self.model.nbody):
            parent = int(self.model.body_parentid[other])
            if parent in inside and not self.model.body_jntnum[other]:
                inside.add(other)
        return sorted(inside)

    def points(self, bodies: list[int]) -> Floats:
        """Returns (K, 3) points on the surfaces of bodies at `qpos0`, m; see `body_points`."""
        found = [body_points(self.model, self.data, body) for body in bodies]
        return np.concatenate([np.zeros((0, 3)), *found])

    def anchor(self, body: int) -> Floats:
        """Returns (3,) where the first joint of a moving body is, m, at `qpos0`."""
        anchor: Floats = self.data.xanchor[self.joints(body)[0]]
        return anchor

    def extent(self, body: int) -> float:
        """Returns how far anything of a subtree is from its first joint, m, at `qpos0`."""
        bodies = self.subtree(body)
        anchors = [self.anchor(other) for other in bodies if self.moves(other)]
        points = np.concatenate([np.array(anchors), self.points(bodies)])
        return float(np.linalg.norm(points - self.anchor(body), axis=1).max())
