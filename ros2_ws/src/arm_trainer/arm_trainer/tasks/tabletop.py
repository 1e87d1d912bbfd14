"""Tabletop: base class of the tasks in which a gripper moves objects on a table."""

import dataclasses
from collections.abc import Iterator
from typing import Any, ClassVar, Literal

import numpy as np
import pydantic

from arm_sim.common.arrays import Floats
from arm_sim.common.config import build, settings
from arm_sim.common.errors import UserError
from arm_sim.robot.hand import Hand, find_hand
from arm_sim.robot.object_spec import SIZE_COUNTS, ObjectSpec, upright_poses
from arm_sim.robot.robot import Robot
from arm_sim.scene.table_area import find_table_area
from arm_trainer.tasks.grasp import Grasp
from arm_trainer.tasks.grasp_demonstration import GraspDemonstration
from arm_trainer.tasks.hand_postures import HandPostures
from arm_trainer.tasks.start import Start
from arm_trainer.tasks.task import Bools, Task, TaskConfig, TaskState

# Sides of the default cube: this share of what fits between the fingers, and at most so long, m.
_SHARE, _LARGEST = 0.55, 0.044
# Fingertips are so far above the table when they grasp, m.
_CLEARANCE = 0.004
# Middles of two objects on the table are at least so many of their widths apart.
_APART = 2.0
# So far beyond the area in which objects begin, one is lost, m.
_BEYOND, _LYING = 0.06, 0.01
# Assisted starts: how far the object is beside the hand, how much wider than the object the gripper
# is open, and how far the goals of half of the held objects are at most, m.
_NEAR = {"above": 0.02, "around": 0.008, "holding": 0.0}
_GAPS = {"above": (0.0, 0.06), "around": (0.016, 0.034), "holding": (-0.001, -0.001)}
_ALMOST = 0.04
_COLOURS = ((0.10, 0.35, 0.80), (0.95, 0.60, 0.10))


@settings
class ObjectConfig:
    """What a task's objects are like; all are alike but for their colour."""

    shape: Literal["box", "cylinder", "sphere", "mesh"] = "box"
    size: list[float] | None = pydantic.Field(
        None,
        description="Of a box its length along x, y and z, of a cylinder diameter and height, of a "
        "sphere its diameter, m, by default so that the gripper can grasp it; of a mesh a factor",
    )
    file: str = pydantic.Field("", description="Path to the file of a mesh, OBJ or STL")
    mass: float = pydantic.Field(0.05, gt=0, description="kg")
    friction: float = pydantic.Field(1.0, gt=0, description="Coefficient of sliding friction")


@settings
class TabletopConfig(TaskConfig):
    """Settings that all tasks on a table have."""

    max_periods: int = pydantic.Field(150, ge=1, description="As of every task")
    object: ObjectConfig = ObjectConfig()
    shortest_way: float = pydantic.Field(
        0.06,
        ge=0,
        description="Goals on the table: smallest distance to the object then, m",
    )
    tolerance: float = pydantic.Field(
        0.025, gt=0, description="Distance from object to goal that counts as reached, m"
    )


class Tabletop(Task):
    """Objects on a table below a hand that points down.

    A subclass says where the goals are, what counts as achieved, and what is rewarded.
    """

    config_class: ClassVar[type[TaskConfig]] = TabletopConfig
    action: ClassVar[str] = "hand_increments"
    moves_gripper: ClassVar[bool] = True
    observation: ClassVar[tuple[str, ...]] = (
        "tool_from_home",
        "gripper_opening",
        "gripper_target",
        "gripper_squeeze",
        "object_from_tool/cube",
        "object_near_tool/cube",
        "goal_from_object/cube",
        "goal_near_object/cube",
        "object_height/cube",
        "object_heading/cube",
    )
    # How far from the edges of the area objects and goals begin, m.
    inset: ClassVar[float] = 0.0
    # Names of the objects; the hand begins near the first one.
    names: ClassVar[tuple[str, ...]] = ("cube",)

    def __init__(self, robot: Robot, config: Any = None) -> None:
        """See `Task`."""
        super().__init__(robot, config)
        hand = require_hand(robot, self.name)
        require_objects(robot, self.names, self.name)
        lower, upper = _spec(self.config.object, hand, self.name).bounds
        width, _, self.height = (upper - lower).tolist()
        self.width, self.half = width, -float(lower[2])
        self.table = float(robot.object_home[0, 2]) - self.half
        lowest = max(self.half, hand.reach_beyond + _CLEARANCE)
        self.grasp = Grasp(robot, hand, width, lowest - self.half)
        self.shown = GraspDemonstration(robot, self.grasp, width, self.height)
        highest = float(robot.workspace[1, 2])
        above = min(self.table + self.height + hand.reach_beyond + _CLEARANCE, highest)
        self.postures = HandPostures(robot, hand, self.table + lowest, above, highest)
        self._apart = _APART * width

    @classmethod
    def scene_changes(cls, robot: Robot, config: Any) -> dict[str, Any]:
        """See `Task`: the objects, and a home posture with the hand above the table."""
        hand, area = require_hand(robot, cls.name), find_table_area(robot)
        middle = (area.lower + area.upper) / 2
        spec = _spec(config.object, hand, cls.name)
        width = float(np.ptp(spec.bounds[:, 0]))
        if not width < hand.opening:
            raise UserError(
                f"{cls.name}.object is {width:g} m wide; the gripper of {robot.name} opens to "
                f"{hand.opening:.3f} m (valid: less than that)."
            )
        across = (np.arange(len(cls.names)) - (len(cls.names) - 1) / 2) * 2 * _APART * width
        specs = {
            name: {
                **dataclasses.asdict(spec),  # type: ignore[call-overload]
                "colour": _COLOURS[i % len(_COLOURS)],
                "position": [middle[0], middle[1] + across[i], area.height - spec.bounds[0, 2]],
            }
            for i, name in enumerate(cls.names)
        }
        # Where the fingertips touch the table. Servos sag, so the targets may be that low.
        tool_floor = area.height + hand.reach_beyond + float(hand.grasp_point @ hand.approach)
        lower = (*area.lower, max(area.lowest, tool_floor))
        upper = (*area.upper, area.highest)
        return {
            "objects": specs,
            "home": area.home.tolist(),
            "tool_floor": tool_floor,
            "workspace": {"lower": np.array(lower).tolist(), "upper": np.array(upper).tolist()},
        }

    def goals(self, random: np.random.Generator, objects: Floats) -> Floats:
        """Returns (3,) a goal for objects (M, 7) as they begin, m: elsewhere on the table."""
        while True:
            goal = self.place_on_table(random)
            if np.linalg.norm(goal - objects[0, :3]) >= self.config.shortest_way:
                return goal

    def stages(self, state: TaskState) -> dict[str, Bools]:
        """Returns (N,) whether each stage on the way to success is reached now, by name."""
        return {}

    def metrics(self, state: TaskState) -> dict[str, Floats]:
        """See `Task`: the distance, and the stages."""
        stages = {name: now.astype(np.float64) for name, now in self.stages(state).items()}
        return super().metrics(state) | stages

    def achieved_goal(self, state: TaskState) -> Floats:
        """See `Task`: where the first object is."""
        return state.objects[:, 0, :3]

    def failed(self, state: TaskState) -> Bools:
        """See `Task`: an object has fallen off the table, or lies where the hand can't go."""
        lower, upper = self.robot.workspace[:, :2] + [[-_BEYOND], [_BEYOND]]
        places = state.objects[..., :3]
        outside = ((places[..., :2] < lower) | (places[..., :2] > upper)).any(axis=2)
        above = places[..., 2] - self.table - self.half
        return ((outside & (above < _LYING)) | (above < -self.height / 2)).any(axis=1)

    def speed(self, state: TaskState) -> Floats:
        """Returns (N,) how fast the first object moves, m/s."""
        speed: Floats = np.linalg.norm(state.object_velocities[:, 0, :3], axis=1)
        return speed

    def place_on_table(self, random: np.random.Generator) -> Floats:
        """Returns (3,) where the middle of an object that the hand can grasp may be, m."""
        lower, upper = self.robot.workspace[:, :2] + [[self.inset], [-self.inset]]
        while True:
            place: Floats = self.postures.points[random.choice(self.postures.low)].copy()
            if (place[:2] >= lower).all() and (place[:2] <= upper).all():
                place[2] = self.table + self.half
                return place

    def starts(self, random: np.random.Generator) -> Iterator[Start]:
        """See `Task`: the hand anywhere above the table, the objects anywhere on it."""
        while True:
            hand, opening = random.choice(self.postures.high), random.uniform(0.3, 1.0)
            yield self._start(random, hand, opening, self.on_table(random))

    def assisted_starts(self, random: np.random.Generator) -> dict[str, Iterator[Start]]:
        """See `Task`: the hand above the first object, around it, or holding it."""
        return {kind: self._starts_at_object(random, kind) for kind in _NEAR}

    def _starts_at_object(self, random: np.random.Generator, kind: str) -> Iterator[Start]:
        grasp, postures = self.grasp, self.postures
        on_table = self.table + self.half
        while True:
            high = kind == "above" or (kind == "holding" and random.random() < 0.5)
            hand = random.choice(postures.high if high else postures.low)
            place = postures.points[hand] + [*random.uniform(-1.0, 1.0, 2) * _NEAR[kind], 0.0]
            place[2] = max(place[2] - grasp.height, on_table) if kind == "holding" else on_table
            yaw = postures.heading if kind == "holding" else random.uniform(-np.pi / 4, np.pi / 4)
            gap = self.width + random.uniform(*_GAPS[kind])
            first = upright_poses(place, np.array(yaw))
            start = self._start(
                random, hand, grasp.hand.opening_for(gap), self.on_table(random, first)
            )
            if kind == "holding" and random.random() < 0.5:
                start.goal[:] = self.goal_near(random, start.goal, place)
            yield start

    def goal_near(self, random: np.random.Generator, goal: Floats, place: Floats) -> Floats:
        """Returns (3,) a goal like another, but near a place, m: a held object is nearly there."""
        near = goal.copy()
        near[:2] = place[:2] + random.uniform(-_ALMOST, _ALMOST, 2)
        return near

    def on_table(self, random: np.random.Generator, first: Floats | None = None) -> Floats:
        """Returns (M, 7) poses of objects that lie apart on the table; `first` (7,) is given."""
        poses = [] if first is None else [first]
        while len(poses) < len(self.names):
            place = self.place_on_table(random)
            if all(np.linalg.norm(place[:2] - pose[:2]) > self._apart for pose in poses):
                yaw = random.uniform(-np.pi / 4, np.pi / 4)
                poses.append(upright_poses(place, np.array(yaw)))
        return np.array(poses)

    def _start(
        self, random: np.random.Generator, hand: int, opening: float, objects: Floats
    ) -> Start:
        positions = self.postures.with_gripper(self.postures.positions[hand], opening)
        return Start(positions, self.goals(random, objects), objects)


def require_hand(robot: Robot, task: str) -> Hand:
    """Returns a robot's hand.

    Raises:
        UserError: If it has none.
    """
    if (hand := find_hand(robot)) is None:
        raise UserError(
            f"The task '{task}' needs a gripper, and {robot.name} has none that closes on an "
            "object (valid: the task 'reach', or a robot with a gripper)."
        )
    return hand


def require_objects(robot: Robot, names: tuple[str, ...], task: str) -> None:
    """Checks that a robot's first objects are those of a task.

    Raises:
        UserError: If they are others, or missing.
    """
    if robot.objects[: len(names)] != names:
        raise UserError(
            f"The task '{task}' needs the objects {', '.join(names)}; the scene of {robot.name} "
            f"has {', '.join(robot.objects) or 'none'} (valid: one with the task's scene changes)."
        )


def _spec(given: ObjectConfig, hand: Hand, task: str) -> ObjectSpec:
    """An object at the origin, with the default size where none is given."""
    side = 1.0 if given.shape == "mesh" else round(min(_SHARE * hand.opening, _LARGEST), 4)
    values = vars(given) | {"size": given.size or [side] * SIZE_COUNTS[given.shape]}
    return build(ObjectSpec, values | {"position": (0.0, 0.0, 0.0)}, f"{task}.object")
