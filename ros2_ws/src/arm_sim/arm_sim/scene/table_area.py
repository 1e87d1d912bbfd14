"""TableArea: where on its table a robot can pick up objects from above, and where it starts."""

import functools
from dataclasses import dataclass

import numpy as np

from arm_sim.common.arrays import Floats
from arm_sim.common.errors import UserError
from arm_sim.robot.kinematics import Kinematics
from arm_sim.robot.robot import Robot
from arm_sim.scene.hand_above import HandAbove
from arm_sim.scene.support import Surface, support_surfaces
from arm_sim.scene.table_grid import Rectangle, TableGrid

# Between the fingertips and the table at the lowest grasp point, m.
_CLEARANCE = 0.004
# Height of the highest grasp point above the lowest one, as shares of the reach, of which the first
# that is possible is taken, and at most, m; and of home, as a share of that.
_LIFT_SHARES, _LARGEST_LIFT, _HOME_SHARE = (0.25, 0.18, 0.12), 0.25, 0.4
# Places along each side of a rectangle at which it is checked, and heights.
_PLACES, _HEIGHTS = 7, 3
# Postures that home is chosen from, and how many of the best are tried.
_HOMES, _TRIED = 96, 3
# Share of half of its range that a joint should keep from its limits.
_ENOUGH = 0.3


@dataclass(frozen=True, eq=False)
class TableArea:
    """A rectangle of a table above which a hand can point straight down everywhere.

    At all these places the arm can have the same kind of posture as at home, with the elbow on the
    same side: an inverse kinematics that starts from `home` finds them.

    Attributes:
        height: z of the table's surface, m, base frame.
        lower: (2,) least x and y of the grasp point, m, base frame.
        upper: (2,) largest x and y.
        lowest: Least z of the grasp point, with the fingertips just above the table, m.
        highest: Largest z of the grasp point, m.
        home: (A,) posture with the hand pointing down above the middle, rad or m.
    """

    height: float
    lower: Floats
    upper: Floats
    lowest: float
    highest: float
    home: Floats


@functools.lru_cache(maxsize=8)
def find_table_area(robot: Robot) -> TableArea:
    """Returns the area of the robot's highest table or floor in which it can pick up objects.

    Its sides are 0.2 to 0.4 of the arm's reach. It is checked on a grid of places and heights, with
    the gripper open: at each, the posture that the search finds from home is free of contact.

    Raises:
        UserError: If the robot has no gripper, or there is no such area.
    """
    hand = HandAbove(robot)
    surfaces = support_surfaces(robot)
    for surface in surfaces:
        if (area := _area_on(hand, surface)) is not None:
            return area
    tables = ", ".join(f"{surface.height:.2f}" for surface in surfaces) or "none"
    raise UserError(
        f"{robot.name} can't point its gripper down at the table: there is no area, at least "
        f"{0.2 * hand.reach:.2f} m wide, that it reaches free of contact (surfaces at z = {tables} "
        "m in the base frame)."
    )


def _area_on(hand: HandAbove, surface: Surface) -> TableArea | None:
    """The area on one surface; None if there is none."""
    lowest = surface.height + hand.solver.hand.reach_beyond + _CLEARANCE
    grid = TableGrid(hand, surface, lowest)
    for lift in (min(share * hand.reach, _LARGEST_LIFT) for share in _LIFT_SHARES):
        heights = np.linspace(lowest, lowest + lift, _HEIGHTS)
        for area in grid.rectangles(lowest + lift):
            places = area.places(_PLACES)
            points = [np.column_stack([places, np.full(len(places), z)]) for z in heights]
            for home in _homes(hand, area, lowest + _HOME_SHARE * lift):
                if hand.postures(np.concatenate(points), start=home)[1].all():
                    ends = lowest, lowest + lift
                    return TableArea(surface.height, area.lower, area.upper, *ends, home)
    return None


def _homes(hand: HandAbove, area: Rectangle, height: float) -> Floats:
    """(K, A) the best postures above a rectangle's middle, rad or m, the best one first.

    They are far from the joints' limits, can move the hand in all directions, and are not far from
    the robot's own home.
    """
    robot = hand.robot
    arm, lower, upper = robot.arm, robot.lower[robot.arm], robot.upper[robot.arm]
    own, endless = robot.home[arm], robot.endless[arm]
    low, high = np.where(endless, own - np.pi, lower), np.where(endless, own + np.pi, upper)
    seeds = np.random.default_rng(0).uniform(low, high, (_HOMES, len(arm)))
    seeds[0] = own
    # Half of them start near the robot's own home.
    seeds[1 : _HOMES // 2] = own + 0.3 * (seeds[1 : _HOMES // 2] - own)
    found, good = hand.postures(np.tile([*area.middle, height], (_HOMES, 1)), start=seeds)
    found = found[good]
    if not len(found):
        return found
    to_limit = np.minimum(found - lower, upper - found) / np.where(endless, 1.0, (high - low) / 2)
    margin = np.where(endless, 1.0, to_limit).min(axis=1)
    kinematics, positions = Kinematics(robot, len(found)), np.tile(robot.home, (len(found), 1))
    positions[:, arm] = found
    kinematics.tool_positions(positions)
    singular = np.linalg.svd(kinematics.tool_jacobian(arm), compute_uv=False)[:, -1]
    away = np.abs(found - own).mean(axis=1) / np.pi
    score = np.minimum(margin / _ENOUGH, 1.0) + singular / singular.max() - away
    return found[np.argsort(-score, kind="stable")[:_TRIED]]
