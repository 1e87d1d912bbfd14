"""Tasks that move objects on a table, ready to be asked and to be played."""

from typing import Any

import mujoco
import numpy as np

from arm_sim.common.arrays import Floats
from arm_sim.common.config import build
from arm_sim.robot.kinematics import Kinematics
from arm_sim.robot.robot import Robot
from arm_sim.scene.loader import RobotSource
from arm_trainer.actions.registry import ACTIONS
from arm_trainer.backends.in_process import InProcessBackend
from arm_trainer.envs.batch_env import BatchEnv
from arm_trainer.envs.policy_interface import PolicyInterface
from arm_trainer.tasks.registry import TASKS
from arm_trainer.tasks.seeding import training_generator
from arm_trainer.tasks.start import Start, take_starts
from arm_trainer.tasks.tabletop import Tabletop
from arm_trainer.tasks.task import TaskState, source_for
from support.states import task_state

TABLETOP = ("push", "lift", "place", "stack")


def tabletop(name: str, model: str = "fetch_arm", **settings: Any) -> Tabletop:
    """A task by name, with some settings of its own, on a robot that has its objects."""
    cls = TASKS.find(name)
    config = build(cls.config_class, settings, name)
    return cls(source_for(RobotSource(model), cls, config).load(), config)


def episodes(task: Tabletop, arms: int, seed: int = 0) -> BatchEnv:
    """Seeded episodes of some arms in this process, with the task's own action."""
    interface = PolicyInterface(task, ACTIONS.find(task.action))
    backend = InProcessBackend(task.robot, arms, interface.control_period, threads=1)
    env = BatchEnv(interface, backend)
    env.seed(training_generator(seed))
    return env


def still(env: BatchEnv) -> Floats:
    """Outputs that move no tool and leave a gripper half open."""
    return np.zeros((env.num_arms, len(env.interface.outputs)))


def demonstrated(env: BatchEnv, periods: int, seed: int = 1) -> np.ndarray:
    """(N,) which arms succeed from fresh starts, within so many periods, as demonstrated."""
    starts = env.interface.task.starts(np.random.default_rng(seed))
    env.begin(np.arange(env.num_arms), take_starts(starts, env.num_arms))
    succeeded, over = np.zeros(env.num_arms, bool), np.zeros(env.num_arms, bool)
    for _ in range(periods):
        result = env.step(env.interface.demonstration(env.observed))
        succeeded |= result.success & ~over
        over |= result.done
        if over.all():
            break
    return succeeded


def touched(robot: Robot, start: Start) -> set[str]:
    """Names of the objects that the robot touches at a start state of one arm."""
    model, data = robot.model, mujoco.MjData(robot.model)
    data.qpos[: len(robot.home)] = start.positions
    for name, (x, y, z, qx, qy, qz, qw) in zip(robot.objects, start.objects, strict=True):
        data.joint(name).qpos = [x, y, z, qw, qx, qy, qz]
    mujoco.mj_forward(model, data)
    objects = {model.body(name).id: name for name in robot.objects}
    arm = {*robot.bodies} - {0}
    found = set()
    for pair in model.geom_bodyid[data.contact.geom[data.contact.dist < 0]]:
        for body, other in (pair, pair[::-1]):
            if body in objects and other in arm:
                found.add(objects[body])
    return found


def at_hand(
    task: Tabletop, opening: float, target: float | None = None, offset: Floats | None = None
) -> TaskState:
    """One arm at home whose grasp is at the first object, or beside it by an offset (3,), m.

    Args:
        task: The task.
        opening: Of the gripper, 0 to 1.
        target: What it is commanded to; the opening if None.
        offset: From where the object would be grasped to where it is.
    """
    robot = task.robot
    positions = robot.home[None].copy()
    positions[:, robot.gripper] = robot.gripper_command(np.array([opening]))
    kinematics = Kinematics(robot, 1)
    tool, rotation = kinematics.tool_positions(positions), kinematics.tool_rotations()
    objects = robot.object_home[None].copy()
    objects[:, 0, :3] = tool + rotation @ task.grasp.hand.grasp_point
    objects[:, 0, 2] -= task.grasp.height
    objects[:, 0, :3] += np.zeros(3) if offset is None else offset
    commanded = np.array([opening if target is None else target])
    return task_state(
        robot,
        positions,
        tool=tool,
        tool_rotation=rotation,
        objects=objects,
        gripper_target=commanded,
        goal=objects[:, 0, :3].copy(),
    )
