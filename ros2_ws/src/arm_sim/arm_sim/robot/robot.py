"""Robot: joints, limits, frames, home and workspace of one arm, as all other modules use them."""

import functools
import hashlib
from dataclasses import dataclass

import mujoco
import numpy as np
from numpy.typing import NDArray

from arm_sim.common.arrays import Floats, Ints
from arm_sim.robot.model import joint_names
from arm_sim.robot.servo_arrays import ServoArrays, servo_arrays


@dataclass(frozen=True, eq=False)
class Robot:
    """One arm, its gripper, the goal and the objects in a composed scene.

    Index arrays point into `joint_names`, which has all J joints in the model's order: those of the
    robot. The M objects come after them in the model, each on a free joint of its name. Commands
    have one column for each of the C `command_joints`: the arm's A joints, then the gripper's G.

    Attributes:
        name: The name of the robot's file.
        model: The compiled scene; not to be changed.
        arm: (A,) indices of the arm's joints.
        gripper: (G,) indices of the joints that the gripper's servos move; others follow them.
        gripper_closed: (G,) their positions where the gripper is closed, rad or m.
        gripper_open: (G,) their positions where it is open.
        lower: (J,) lower position limits, rad or m; -inf for a joint without limits. Those of a
            commanded joint are also its servo's, see `robot_description/limits.py`.
        upper: (J,) upper position limits, rad or m; inf for a joint without limits.
        velocity_limits: (J,) rad/s or m/s; inf where there is none.
        acceleration_limits: (J,) rad/s² or m/s²; inf where there is no velocity limit.
        home: (J,) start position of every joint: the gripper open.
        objects: Names of the M free objects.
        object_home: (M, 7) where they start: position, m, and quaternion x, y, z, w.
        tool_frame: Name of the site or body whose position is the tool's.
        base_frame: Name of the frame of all positions; it is the world frame of the scene.
        cameras: Camera names.
        workspace: (2, 3) lower and upper corner of the box of targets, m.
        tool_floor: Lowest height at which the tool may come to rest, m; -inf where there is none.
    """

    name: str
    model: mujoco.MjModel
    arm: Ints
    gripper: Ints
    gripper_closed: Floats
    gripper_open: Floats
    lower: Floats
    upper: Floats
    velocity_limits: Floats
    acceleration_limits: Floats
    home: Floats
    objects: tuple[str, ...]
    object_home: Floats
    tool_frame: str
    base_frame: str
    cameras: tuple[str, ...]
    workspace: Floats
    tool_floor: float

    @functools.cached_property
    def joint_names(self) -> tuple[str, ...]:
        """The names of all J joints."""
        return joint_names(self.model)[: len(self.home)]

    @functools.cached_property
    def bodies(self) -> tuple[int, ...]:
        """Indices of the world's and the robot's bodies: all but the objects and the goal."""
        model = self.model
        moving = [model.body(name).id for name in self.objects]
        goal = np.flatnonzero(model.body_mocapid >= 0).tolist()
        return tuple(body for body in range(model.nbody) if body not in (*moving, *goal))

    @functools.cached_property
    def joint_units(self) -> tuple[str, ...]:
        """(J,) unit of each joint's position: 'm' for a slide, else 'rad'."""
        slides = self.model.jnt_type == mujoco.mjtJoint.mjJNT_SLIDE.value
        return tuple("m" if slide else "rad" for slide in slides[: len(self.home)])

    @property
    def goal_home(self) -> Floats:
        """(3,) where the goal starts: the middle of the workspace, m."""
        middle: Floats = self.workspace.mean(axis=0)
        return middle

    @property
    def rest_configuration(self) -> Floats:
        """(nq,) MuJoCo's generalized positions with everything at home."""
        configuration: Floats = self.model.qpos0.copy()
        configuration[: len(self.home)] = self.home
        return configuration

    @property
    def command_indices(self) -> Ints:
        """(C,) indices of `command_joints` into `joint_names`."""
        return np.concatenate([self.arm, self.gripper])

    @functools.cached_property
    def command_joints(self) -> tuple[str, ...]:
        """The names of the C joints that a command moves: the arm's, then the gripper's."""
        return tuple(self.joint_names[i] for i in self.command_indices)

    @functools.cached_property
    def servos(self) -> ServoArrays:
        """The position servos of `command_joints`."""
        return servo_arrays(self.model, self.command_indices)

    @property
    def actuators(self) -> Ints:
        """(C,) indices of the position servos' actuators in the model."""
        return self.servos.actuators

    @property
    def endless(self) -> NDArray[np.bool_]:
        """(J,) which joints are hinges without position limits ('continuous' in URDF)."""
        hinges = self.model.jnt_type == mujoco.mjtJoint.mjJNT_HINGE.value
        return hinges[: len(self.home)] & ~np.isfinite(self.upper - self.lower)

    @functools.cached_property
    def kinematics_hash(self) -> str:
        """SHA-256 of joints, frames, limits, home and workspace: all that a policy depends on."""
        model = self.model
        digest = hashlib.sha256(" ".join((*self.joint_names, self.tool_frame)).encode())
        bodies = [model.body_parentid, model.body_pos, model.body_quat]
        sites = [model.site_bodyid, model.site_pos]
        joints = [model.jnt_bodyid, model.jnt_type, model.jnt_pos, model.jnt_axis, model.qpos0]
        limits = [self.lower, self.upper, self.velocity_limits, self.acceleration_limits]
        reach = [np.array(self.tool_floor), self.home, self.workspace]
        groups = [self.arm, self.gripper]
        for array in (*bodies, *sites, *joints, *limits, *reach, *groups):
            digest.update(np.ascontiguousarray(array).tobytes())
        return digest.hexdigest()

    def gripper_command(self, opening: NDArray[np.floating]) -> Floats:
        """Returns (N, G) gripper joint positions for openings from 0 (closed) to 1 (open), (N,)."""
        span = self.gripper_open - self.gripper_closed
        return self.gripper_closed + np.asarray(opening)[:, None] * span

    def gripper_opening(self, positions: Floats) -> Floats:
        """Returns (N,) openings from 0 to 1 at joint positions (N, J); 0 without a gripper."""
        if not len(self.gripper):
            return np.zeros(len(positions))
        span = self.gripper_open - self.gripper_closed
        return ((positions[:, self.gripper] - self.gripper_closed) / span).mean(axis=1)

    def deviation_from_home(self, positions: Floats) -> Floats:
        """Returns (N,) deviations of the arms from home, averaged over their joints, rad.

        Quadratic near home and linear far from it; endless joints count within one turn.

        Args:
            positions: (N, J) joint positions.
        """
        away = positions[:, self.arm] - self.home[self.arm]
        endless = self.endless[self.arm]
        limited = np.sqrt(1.0 + np.square(away[:, ~endless])) - 1.0
        turning = 1.0 - np.cos(away[:, endless])
        deviation: Floats = np.concatenate([limited, turning], axis=1).mean(axis=1)
        return deviation
