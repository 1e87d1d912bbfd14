"""Grasp: whether and how a hand that points down holds an object, from what a robot can measure."""

import numpy as np

from arm_sim.common.arrays import Floats
from arm_sim.robot.hand import Hand
from arm_sim.robot.robot import Robot
from arm_trainer.tasks.task import Bools, TaskState

# Fingers are on an object if they are at most so much narrower than it, as contacts give way, most
# at round objects; and if they are told to be at least so much narrower, m.
_TOUCHING, _PRESSED = 0.008, 0.004
# Steepness of closeness far away and near, 1/m.
_WIDE, _NARROW = 5.0, 20.0
# An open hand is so many times as wide as the object, which may be turned by an eighth of a turn.
_FREE = 1.5
# To the side of an object by more than the second number, the hand should be this much higher, m.
_RAISED, _BESIDE, _STEEPNESS = 0.07, 0.01, 2.0


class Grasp:
    """Where a hand is relative to an object, for N arms at once.

    Contacts are not used: a robot has no sensor for them.

    Attributes:
        hand: The hand.
        height: Height of the hand's grasp point above an object's middle when it grasps it, m.
        opening: The gripper's opening, 0 to 1, at which the fingers touch both sides of an object.
    """

    def __init__(self, robot: Robot, hand: Hand, width: float, height: float) -> None:
        """Prepares for objects of one size.

        Args:
            robot: The robot.
            hand: Its hand.
            width: Of the objects, between the fingers, m.
            height: See the attributes.
        """
        self.hand, self.height = hand, height
        self.opening = hand.opening_for(width)
        self._touching = hand.opening_for(width - _TOUCHING)
        self._pressed = hand.opening_for(width - _PRESSED)
        self._free = hand.opening_for(_FREE * width)
        self._robot, self._half = robot, width / 2

    def points(self, state: TaskState) -> Floats:
        """Returns (N, 3) where the hands' grasp points are, m, base frame."""
        points: Floats = state.tool + state.tool_rotation @ self.hand.grasp_point
        return points

    def to_object(self, state: TaskState, index: int = 0) -> Floats:
        """Returns (N, 3) from the grasp point to where it is to be to grasp an object, m."""
        way: Floats = state.objects[:, index, :3] - self.points(state)
        way[:, 2] += self.height
        return way

    def distance(self, state: TaskState, index: int = 0) -> Floats:
        """Returns (N,) lengths of a way to the grasp that comes from above, m.

        Far to the side of the object the hand should be higher, so that it does not push it away.
        """
        way = self.to_object(state, index)
        beside = np.linalg.norm(way[:, :2], axis=1)
        raised = np.clip(_STEEPNESS * (beside - _BESIDE), 0.0, _RAISED)
        return np.hypot(beside, way[:, 2] + raised)

    def holds(self, state: TaskState, index: int = 0) -> Bools:
        """Returns (N,) whether the fingers are around an object and press on it."""
        around = (np.abs(self.to_object(state, index)) < self._half).all(axis=1)
        opening = self._robot.gripper_opening(state.positions)
        pressed = state.gripper_target < self._pressed
        held: Bools = around & (opening > self._touching) & pressed
        return held

    def open(self, state: TaskState) -> Bools:
        """Returns (N,) whether the gripper is, and is commanded to be, wider than an object."""
        opening = self._robot.gripper_opening(state.positions)
        free: Bools = (opening > self._free) & (state.gripper_target > self._free)
        return free

    def freedom(self, state: TaskState) -> Floats:
        """Returns (N,) how far the gripper has let go: 0 at the object's width, 1 when open."""
        opening = self._robot.gripper_opening(state.positions)
        freedom: Floats = np.clip((opening - self.opening) / (self._free - self.opening), 0.0, 1.0)
        return freedom


def near(distance: Floats) -> Floats:
    """Returns (N,) closeness: 1 at distance 0, m, falling to 0; half of it within some cm."""
    closeness: Floats = 1.0 - (np.tanh(_WIDE * distance) + np.tanh(_NARROW * distance)) / 2.0
    return closeness
