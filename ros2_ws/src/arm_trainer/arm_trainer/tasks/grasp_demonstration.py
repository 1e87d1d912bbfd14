"""Shows how a hand that points down picks up, carries and pushes objects, for imitation."""

import numpy as np

from arm_sim.common.arrays import Floats
from arm_sim.robot.kinematics import KinematicsOfAnyCount
from arm_sim.robot.robot import Robot
from arm_trainer.tasks.grasp import Grasp
from arm_trainer.tasks.task import Bools, TaskState

# The hand comes down within this of the object's middle, and closes within that of the grasp, m.
_ABOVE, _AT_GRASP = 0.012, 0.010
# While it is not yet above an object, or above a goal, the hand is so many objects' heights higher.
_RAISED = 1.6
# A finger's thickness; how low, how much behind and how little beside the object the closed hand is
# to push; and how far beside the object it only goes aside, m.
_FINGER, _LOW, _AT_LEAST, _BESIDE, _ASIDE = 0.02, 0.02, 0.5, 0.02, 0.015
_LEVEL = np.array([1.0, 1.0, 0.0])
# Share of the way that a control period takes away near its end, and of the commanded motion which
# counts as done before it is.
_GAIN, _UNDONE = 0.5, 0.8


class GraspDemonstration:
    """What a hand does next, as a function of the present state alone, for N arms at once."""

    def __init__(self, robot: Robot, grasp: Grasp, width: float, height: float) -> None:
        """Prepares for objects of a width and a height, m."""
        self._raised = _RAISED * height
        self._robot, self._grasp = robot, grasp
        self._kinematics = KinematicsOfAnyCount(robot)
        # Wide enough for a box that is turned by an eighth of a turn.
        self._wide = grasp.hand.opening_for(1.7 * width)
        # From the closed fingers' middle to that of an object which they push.
        self._behind = 0.65 * width + float(grasp.hand.gaps[0]) / 2 + _FINGER

    def pick(self, state: TaskState, carry: Floats, index: int = 0) -> tuple[Floats, Floats]:
        """Returns displacements (N, 3), m, and openings (N,): grasps an object, then carries it.

        Args:
            state: The present state.
            carry: (N, 3) ways of the tool once it holds the object, m.
            index: Which object.
        """
        way = self._grasp.to_object(state, index)
        held = self._grasp.holds(state, index)
        around = np.linalg.norm(way, axis=1) < _AT_GRASP
        closing = around | ((np.linalg.norm(way, axis=1) < 2.0 * _AT_GRASP) & self._closed(state))
        wanted = np.where(held[:, None], carry, np.where(closing[:, None], way, self.raised(way)))
        return self.go(state, wanted), np.where(closing | held, 0.0, self._wide)

    def go(self, state: TaskState, way: Floats) -> Floats:
        """Returns displacements (N, 3) of the tool that lead it along ways (N, 3), m.

        Servos lag, so most of what was commanded and is not yet done is left out: else the arm
        would swing. Not all of it, as servos also sag under the arm's weight.
        """
        ahead = state.positions.copy()
        ahead[:, self._robot.arm] = state.joint_targets
        lead = self._kinematics(len(ahead)).tool_positions(ahead) - state.tool
        displacement: Floats = _GAIN * (way - _UNDONE * lead)
        return displacement

    def push(self, state: TaskState) -> Floats:
        """Returns displacements (N, 3), m, of a closed hand that pushes the first object."""
        from_hand = self._grasp.to_object(state)
        to_goal = (state.goal - state.objects[:, 0, :3]) * _LEVEL
        distance = np.linalg.norm(to_goal, axis=1, keepdims=True)
        ahead = to_goal / np.maximum(distance, 1e-6)
        behind = from_hand - self._behind * ahead
        along = (from_hand * ahead).sum(axis=1, keepdims=True)
        aside = (from_hand - along * ahead) * _LEVEL
        beside = np.linalg.norm(aside, axis=1, keepdims=True)
        # Slower the more it has to go aside first, to stay behind the object.
        forward = (along - self._behind) * ahead + np.clip(
            1.0 - beside / _ASIDE, 0.0, 1.0
        ) * to_goal
        pushing = 1.5 * aside + forward + from_hand * (1.0 - _LEVEL)
        low = np.abs(from_hand[:, 2:]) < _LOW
        pushes = low & (along > _AT_LEAST * self._behind) & (beside < _BESIDE)
        return self.go(state, np.where(pushes, pushing, self.raised(behind)))

    def leave(self, state: TaskState) -> tuple[Floats, Floats]:
        """Returns displacements (N, 3), m, and openings (N,): lets go, then goes up."""
        up = np.zeros((len(state.tool), 3))
        # Fingertips that press on the table could not open.
        too_low = np.maximum(self._grasp.to_object(state)[:, 2], 0.0)
        up[:, 2] = np.where(self._grasp.open(state), self._raised / 5.0, _GAIN * too_low)
        return up, np.ones(len(up))

    def _closed(self, state: TaskState) -> Bools:
        """Whether the gripper is commanded to close."""
        closed: Bools = state.gripper_target < (self._wide + self._grasp.opening) / 2.0
        return closed

    def raised(self, way: Floats) -> Floats:
        """Returns ways (N, 3), m, that come from above: up, then over the place, then down."""
        beside = np.linalg.norm(way[:, :2], axis=1)
        found = way.copy()
        found[:, 2] += np.clip(4.0 * (beside - _ABOVE), 0.0, self._raised)
        # Sideways only as far as the hand is high enough.
        low = np.clip(1.0 - 2.0 * (found[:, 2] - 0.005) / self._raised, 0.0, 1.0)
        found[:, :2] *= low[:, None]
        return found
