"""Finds how a gripper opens and closes: by moving its servos to both ends of their ranges."""

from dataclasses import dataclass

import mujoco
import numpy as np

from arm_sim.common.arrays import Floats
from arm_sim.robot_description.geom_points import body_points
from arm_sim.robot_description.held_joints import hold_joints
from arm_sim.robot_description.limits import command_limits
from arm_sim.robot_description.servos import Servo, find_servos

_TIMESTEP, _SETTLE_SECONDS = 0.002, 2.0
# Slow grippers get more time, until they move by less than a tenth of a millimetre per second.
_LONGEST_SECONDS, _AT_REST = 10.0, 1e-4
# The part of a finger's points, farthest from its joint, that counts as its tip.
_TIP_SHARE = 0.2


@dataclass(frozen=True)
class GripperEnds:
    """The joints of a gripper and where they are when it is closed and open.

    Attributes:
        joints: Names of the joints that its servos move.
        closed: Their positions where it is closed, rad or m.
        open: Their positions where it is open.
        followers: Names of the joints that constraints move, and their positions where it is open.
    """

    joints: list[str]
    closed: list[float]
    open: list[float]
    followers: dict[str, float]


def find_gripper_ends(
    spec: mujoco.MjSpec, model: mujoco.MjModel, hand: list[str], tool_frame: str
) -> GripperEnds:
    """Returns the ends of a gripper's motion.

    The arm is held, without gravity and contacts, and the servos are sent to both ends of their
    ranges, one at a time: at the open end the fingertips are farther from the tool.

    Args:
        spec: The robot, in which every hand joint that is not a follower has one servo; copied.
        model: The same, compiled.
        hand: Names of the hinges and slides beyond the arm.
        tool_frame: Name of the tool's site or body.
    """
    servos = {s[0].joint: s[0] for s in find_servos(model).values()}
    joints = [name for name in hand if model.joint(name).id in servos]
    followers = [name for name in hand if name not in joints]
    if not joints:
        return GripperEnds([], [], [], dict.fromkeys(followers, 0.0))
    trial = _Hand(spec, model, hand, tool_frame)
    lower, upper = trial.command_limits(joints)
    middle = (lower + upper) / 2
    closed, opened = lower.copy(), upper.copy()
    for index in range(len(joints)):
        low, high = middle.copy(), middle.copy()
        low[index], high[index] = lower[index], upper[index]
        if trial.opens_downwards(joints[index], low, high, joints):
            closed[index], opened[index] = upper[index], lower[index]
    positions = trial.settle(joints, opened)
    return GripperEnds(
        joints,
        [float(x) for x in closed],
        [float(x) for x in opened],
        {name: round(float(positions[name]), 4) for name in followers},
    )


class _Hand:
    """The gripper alone: its joints, its servos, nothing else that moves."""

    def __init__(
        self, spec: mujoco.MjSpec, model: mujoco.MjModel, hand: list[str], tool_frame: str
    ) -> None:
        alone = spec.copy()
        keep = [model.joint(name).id for name in hand]
        hold_joints(alone, model, keep, model.qpos0)
        alone.option.timestep = _TIMESTEP
        alone.option.integrator = mujoco.mjtIntegrator.mjINT_IMPLICITFAST
        alone.option.gravity = (0.0, 0.0, 0.0)
        self.model = alone.compile()
        self.model.opt.disableflags |= int(mujoco.mjtDisableBit.mjDSBL_CONTACT)
        self._names = hand
        self._servos: dict[str, Servo] = {
            self.model.joint(joint).name: servos[0]
            for joint, servos in find_servos(self.model).items()
        }
        self._tool_frame = tool_frame

    def command_limits(self, joints: list[str]) -> tuple[Floats, Floats]:
        """(G,) lowest and highest commands; a joint without limits moves by a quarter turn."""
        lower, upper = command_limits(self.model)
        found = np.array([self.model.joint(name).id for name in joints])
        start = self.model.qpos0[self.model.jnt_qposadr[found]]
        low, high = lower[found], upper[found]
        return (
            np.where(np.isfinite(low), low, start),
            np.where(np.isfinite(high), high, start + np.pi / 2),
        )

    def settle(self, joints: list[str], commands: Floats) -> dict[str, float]:
        """Positions of all joints after the servos were at their commands for some time."""
        data = self._settled(joints, commands)
        return {name: float(data.qpos[self.model.joint(name).qposadr[0]]) for name in self._names}

    def _settled(self, joints: list[str], commands: Floats) -> mujoco.MjData:
        data = mujoco.MjData(self.model)
        for name, command in zip(joints, commands, strict=True):
            servo = self._servos[name]
            data.ctrl[servo.control] = servo.scale * command + servo.offset
        while data.time < _SETTLE_SECONDS or (
            data.time < _LONGEST_SECONDS and np.abs(data.qvel).max() > _AT_REST
        ):
            mujoco.mj_step(self.model, data)
        mujoco.mj_kinematics(self.model, data)
        return data

    def opens_downwards(self, joint: str, low: Floats, high: Floats, joints: list[str]) -> bool:
        """Whether the gripper is more open where a joint is at its lower end."""
        at_low, at_high = self._settled(joints, low), self._settled(joints, high)
        apart = [self._tip_distance(joint, data) for data in (at_low, at_high)]
        return apart[0] > apart[1]

    def _tip_distance(self, joint: str, data: mujoco.MjData) -> float:
        """Mean distance from the tool of the tips of what a joint moves, m."""
        model = self.model
        body = int(model.jnt_bodyid[model.joint(joint).id])
        moved = [body]
        for other in range(body + 1, model.nbody):
            if int(model.body_parentid[other]) in moved:
                moved.append(other)
        points = np.concatenate([body_points(model, data, other) for other in moved])
        if not len(points):
            points = data.xpos[moved]
        from_joint = np.linalg.norm(points - data.xanchor[model.joint(joint).id], axis=1)
        tips = points[from_joint >= np.quantile(from_joint, 1 - _TIP_SHARE)]
        site = mujoco.mj_name2id(model, mujoco.mjtObj.mjOBJ_SITE.value, self._tool_frame)
        tool = data.site_xpos[site] if site >= 0 else data.body(self._tool_frame).xpos
        return float(np.linalg.norm(tips - tool, axis=1).mean())
