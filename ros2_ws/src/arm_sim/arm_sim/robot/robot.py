"""Robot: what a model's joints, limits, home and frames are, for every part of the project.

The MJCF is the only truth for names, limits and geometry; a YAML file of the same name beside it
says which joints are the arm, the gripper and the target. Simulating is left to `simulation.py`.
"""

import copy
import functools
import hashlib
from dataclasses import dataclass
from pathlib import Path

import mujoco
import numpy as np
import pydantic
from ament_index_python.packages import get_package_share_directory
from mujoco.batch import Batch
from numpy.typing import NDArray

from arm_sim.common.config import build, read_yaml, settings
from arm_sim.common.cpu_affinity import workers_off_own_core
from arm_sim.common.errors import UserError

# Joints without an acceleration limit of their own: seconds from rest to the velocity limit.
_TIME_TO_FULL_SPEED = 0.1
# From so many arms on, waking a thread costs less than it gives.
_WORTH_THREADS = 64

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@settings
class Workspace:
    """A box in the base frame, in metres, inside which targets are drawn."""

    lower: tuple[float, float, float]
    upper: tuple[float, float, float]


@settings
class RobotSettings:
    """The robot YAML: what the model's names mean."""

    arm_joints: list[str] = pydantic.Field(min_length=1)
    gripper_joints: list[str] = pydantic.Field(default_factory=list)
    target_joints: tuple[str, str, str]
    tool_frame: str
    base_frame: str
    home: list[float]
    cameras: list[str] = pydantic.Field(default_factory=list)
    workspace: Workspace
    tool_floor: float | None = pydantic.Field(
        None, description="Height in the base frame below which the tool never comes to rest, m"
    )


@dataclass(frozen=True, eq=False)
class Robot:
    """One arm, its gripper and its target, read from MJCF and YAML.

    Index arrays point into `joint_names`, which has all J joints in the model's order. Commands
    have one column per name of `command_joints`: the arm's, then the gripper's.

    Attributes:
        name: The model's name.
        model: The compiled MJCF; not to be changed.
        joint_names: All J joints.
        command_joints: The C joints that a command names: arm, then gripper.
        arm: Indices of the arm's A joints.
        gripper: Indices of the gripper's joints.
        target: Indices of the target's three sliding joints.
        actuators: (C,) the actuator that moves each of `command_joints`.
        lower: (J,) lower position limits, rad or m; -inf where there is none.
        upper: (J,) upper position limits.
        velocity_limits: (J,) rad/s or m/s; inf where there is none.
        acceleration_limits: (J,) rad/s² or m/s²; inf where there is no velocity limit.
        home: (J,) start position of every joint, the gripper open, the target amid the workspace.
        tool_frame: Name of the site or body whose position is the tool's.
        base_frame: The frame that positions are given in; it is the model's world frame.
        cameras: Camera names.
        workspace: (2, 3) lower and upper corner of the box of targets, m.
        tool_floor: Height below which the tool never comes to rest, m; -inf where there is none.
    """

    name: str
    model: mujoco.MjModel
    joint_names: tuple[str, ...]
    command_joints: tuple[str, ...]
    arm: Ints
    gripper: Ints
    target: Ints
    actuators: Ints
    lower: Floats
    upper: Floats
    velocity_limits: Floats
    acceleration_limits: Floats
    home: Floats
    tool_frame: str
    base_frame: str
    cameras: tuple[str, ...]
    workspace: Floats
    tool_floor: float

    @property
    def command_indices(self) -> Ints:
        """(C,) indices of `command_joints` into `joint_names`."""
        return np.concatenate([self.arm, self.gripper])

    @property
    def endless(self) -> NDArray[np.bool_]:
        """(J,) which joints are hinges without position limits: they may turn on and on."""
        hinges = self.model.jnt_type == mujoco.mjtJoint.mjJNT_HINGE.value
        return hinges & ~np.isfinite(self.upper - self.lower)

    @functools.cached_property
    def kinematics_hash(self) -> str:
        """SHA-256 of joints, frames, limits, home and workspace: what a policy was trained for."""
        model = self.model
        digest = hashlib.sha256(" ".join((*self.joint_names, self.tool_frame)).encode())
        bodies = [model.body_parentid, model.body_pos, model.body_quat]
        sites = [model.site_bodyid, model.site_pos]
        joints = [model.jnt_bodyid, model.jnt_type, model.jnt_pos, model.jnt_axis, model.qpos0]
        limits = [self.lower, self.upper, self.velocity_limits, self.acceleration_limits]
        # Where a policy has learnt to go.
        limits += [np.array(self.tool_floor), self.home, self.workspace]
        for array in (*bodies, *sites, *joints, *limits, self.arm, self.gripper, self.target):
            digest.update(np.ascontiguousarray(array).tobytes())
        return digest.hexdigest()

    def gripper_command(self, opening: NDArray[np.floating]) -> Floats:
        """Returns (N, G) gripper joint positions for openings from 0 (closed) to 1 (open), (N,)."""
        lower, span = self._gripper_range
        return lower + np.asarray(opening)[:, None] * span

    def gripper_opening(self, positions: Floats) -> Floats:
        """Returns (N,) openings from 0 to 1 at joint positions (N, J); 0 without a gripper."""
        if not len(self.gripper):
            return np.zeros(len(positions))
        lower, span = self._gripper_range
        return ((positions[:, self.gripper] - lower) / span).mean(axis=1)

    @functools.cached_property
    def joint_units(self) -> tuple[str, ...]:
        """(J,) what each joint is measured in: 'm' for a slide, else 'rad'."""
        slides = self.model.jnt_type == mujoco.mjtJoint.mjJNT_SLIDE.value
        return tuple("m" if slide else "rad" for slide in slides)

    @functools.cached_property
    def _gripper_range(self) -> tuple[Floats, Floats]:
        """(G,) positions of the closed gripper, and from there to the open one; asked for often."""
        lower = self.lower[self.gripper]
        return lower, self.upper[self.gripper] - lower


class Kinematics:
    """Tool positions of n arms at once, by MuJoCo, from joint positions alone.

    Both the simulator's clients and the deployed controller use it, so that training in-process,
    over ROS and on a robot all see the tool at exactly the same place.
    """

    def __init__(self, robot: Robot, n: int) -> None:
        """Prepares for n arms; contacts and constraints are left out, they cost time."""
        model = copy_model(robot.model)
        flags = mujoco.mjtDisableBit.mjDSBL_CONTACT | mujoco.mjtDisableBit.mjDSBL_CONSTRAINT
        model.opt.disableflags |= int(flags)
        with workers_off_own_core():
            self._batch = Batch(model, n, nthread=1 if n < _WORTH_THREADS else 0)
        self._positions = self._batch.bind("qpos")
        kind, index = find_frame(model, robot.tool_frame)
        self._tool = self._batch.bind("site_xpos" if kind == "site" else "xpos")[:, index]
        self._axes, self._anchors = self._batch.bind("xaxis"), self._batch.bind("xanchor")
        self._slides = model.jnt_type == mujoco.mjtJoint.mjJNT_SLIDE.value
        body = int(model.site_bodyid[index]) if kind == "site" else index
        carrying = [body]
        while body:
            carrying.append(body := int(model.body_parentid[body]))
        self._carries = np.isin(model.jnt_bodyid, carrying)

    def tool_positions(self, positions: Floats) -> Floats:
        """Returns (n, 3) tool positions in the base frame, m, for joint positions (n, J)."""
        self._positions[:] = positions
        self._batch.forward(stage=mujoco.mjtStage.mjSTAGE_POS.value)
        return self._tool.copy()

    def tool_rise(self, joints: Ints) -> Floats:
        """Returns (n, A) by how much the tool rises with each of these joints, m/rad or m/m.

        At the positions that `tool_positions` was last asked for: a hinge turns the tool about its
        axis, a slide carries it along.
        """
        axes, away = self._axes[:, joints], self._tool[:, None] - self._anchors[:, joints]
        turned = axes[..., 0] * away[..., 1] - axes[..., 1] * away[..., 0]
        return np.where(self._slides[joints], axes[..., 2], turned) * self._carries[joints]


def load_robot(model: str = "fetch_arm") -> Robot:
    """Loads a built-in robot by name, or any MJCF file that has a robot YAML of its name beside it.

    Raises:
        UserError: If a file is missing or wrong, or the YAML names what the model does not have.
    """
    path = model_file(model)
    # Read again when a file has changed: a controller is configured anew without being restarted.
    files = (path, path.with_suffix(".yaml"))
    return _load(path, tuple(f.stat().st_mtime_ns if f.is_file() else 0 for f in files))


def model_file(model: str) -> Path:
    """Returns the MJCF file of a built-in robot's name, or of a path to one.

    Raises:
        UserError: If there is none.
    """
    path = Path(model).resolve()
    if path.suffix == ".xml":
        if not path.is_file():
            raise UserError(f"There is no model file {path}.")
        return path
    folder = Path(get_package_share_directory("arm_sim")) / "models"
    path = folder / f"{model}.xml"
    if not path.is_file():
        known = ", ".join(sorted(file.stem for file in folder.glob("*.xml")))
        raise UserError(
            f"There is no built-in robot '{model}' (valid: {known}, or a path to an .xml file)."
        )
    return path.resolve()


@functools.lru_cache(maxsize=4)
def _load(path: Path, _written_at: tuple[int, ...]) -> Robot:
    return make_robot(path.stem, read_model(path), read_robot_settings(path))


def read_model(path: Path) -> mujoco.MjModel:
    """Returns the compiled MJCF of a file.

    Raises:
        UserError: If MuJoCo can't read it.
    """
    try:
        return mujoco.MjModel.from_xml_path(str(path))
    except ValueError as error:
        raise UserError(f"MuJoCo can't read {path}: {' '.join(str(error).split())}") from error


def read_robot_settings(path: Path) -> RobotSettings:
    """Returns the robot YAML beside an MJCF file.

    Raises:
        UserError: If it is missing or wrong.
    """
    yaml_path = path.with_suffix(".yaml")
    return build(RobotSettings, read_yaml(yaml_path), str(yaml_path))


def make_robot(name: str, model: mujoco.MjModel, given: RobotSettings) -> Robot:
    """Returns the robot that a compiled MJCF and a robot YAML make up.

    Raises:
        UserError: If the YAML names what the model does not have, or the model lacks something.
    """
    names = tuple(model.joint(i).name for i in range(model.njnt))
    if "" in names:
        raise UserError(f"{name}: joint number {names.index('')} has no name; the wire needs one.")
    simple = (mujoco.mjtJoint.mjJNT_HINGE.value, mujoco.mjtJoint.mjJNT_SLIDE.value)
    odd = [n for n, kind in zip(names, model.jnt_type, strict=True) if kind not in simple]
    if odd:
        raise UserError(
            f"{name}: only hinge and slide joints are supported, not those of {', '.join(odd)}."
        )

    def indices(group: str, wanted: list[str] | tuple[str, ...]) -> Ints:
        unknown = [n for n in wanted if n not in names]
        if unknown:
            raise UserError(
                f"{name}: {group} names unknown {', '.join(unknown)} (valid: {', '.join(names)})."
            )
        twice = sorted({n for n in wanted if list(wanted).count(n) > 1})
        if twice:
            raise UserError(f"{name}: {group} names {', '.join(twice)} twice.")
        return np.array([names.index(n) for n in wanted], dtype=np.int64)

    arm = indices("arm_joints", given.arm_joints)
    gripper = indices("gripper_joints", given.gripper_joints)
    target = indices("target_joints", given.target_joints)
    groups = [*arm, *gripper, *target]
    shared = sorted({names[i] for i in groups if groups.count(i) > 1})
    if shared:
        raise UserError(
            f"{name}: {', '.join(shared)} can be of one group only: arm, gripper or target."
        )
    if len(given.home) != len(arm):
        raise UserError(f"{name}: home has {len(given.home)} positions for {len(arm)} arm joints.")
    find_frame(model, given.tool_frame)
    cameras = [model.camera(i).name for i in range(model.ncam)]
    unknown = [c for c in given.cameras if c not in cameras]
    if unknown:
        raise UserError(
            f"{name}: unknown cameras {', '.join(unknown)} (valid: {', '.join(cameras)})."
        )

    if len(set(given.cameras)) != len(given.cameras):
        raise UserError(f"{name}: cameras names one twice.")

    limited = model.jnt_limited.astype(bool)
    lower = np.where(limited, model.jnt_range[:, 0], -np.inf)
    upper = np.where(limited, model.jnt_range[:, 1], np.inf)
    velocity = model.jnt_user[:, 0] if model.nuser_jnt else np.zeros(model.njnt)
    slow = [names[i] for i in arm if not (velocity[i] > 0 and np.isfinite(velocity[i]))]
    if slow:
        raise UserError(
            f"{name}: no velocity limit for {', '.join(slow)}: "
            "give it in rad/s as the first number of the joint's 'user' attribute."
        )
    # Where none is given: the velocity limit is reached in _TIME_TO_FULL_SPEED.
    velocity = np.where(velocity > 0, velocity, np.inf)
    acceleration = model.jnt_user[:, 1] if model.nuser_jnt > 1 else np.zeros(model.njnt)
    wrong = [names[i] for i in arm if not (acceleration[i] >= 0 and np.isfinite(acceleration[i]))]
    if wrong:
        raise UserError(
            f"{name}: the acceleration limit of {', '.join(wrong)} is negative or not finite: the "
            "second number of the joint's 'user' attribute is in rad/s², 0 where there is none."
        )
    acceleration = np.where(acceleration > 0, acceleration, velocity / _TIME_TO_FULL_SPEED)
    endless = [names[i] for i in gripper if not np.isfinite(upper[i] - lower[i])]
    if endless:
        raise UserError(f"{name}: the gripper's {', '.join(endless)} need a range: closed to open.")
    workspace = np.array([given.workspace.lower, given.workspace.upper])
    if not (
        (workspace[0] < workspace[1]).all()
        and (workspace[0] >= lower[target]).all()
        and (workspace[1] <= upper[target]).all()
    ):
        raise UserError(
            f"{name}: the workspace {workspace.tolist()} is not a box within the target joints' "
            f"limits, {lower[target].tolist()} to {upper[target].tolist()}."
        )
    floor = -np.inf if given.tool_floor is None else given.tool_floor
    if floor > workspace[0, 2]:
        raise UserError(
            f"{name}: tool_floor is {floor} m; it must not be above the workspace's lower corner, "
            f"{workspace[0, 2]} m."
        )
    home = model.qpos0.copy()
    home[arm] = given.home
    home[gripper] = upper[gripper]
    home[target] = workspace.mean(axis=0)
    outside = [
        f"{names[i]} ({lower[i]:g} to {upper[i]:g})"
        for i in arm
        if not (lower[i] <= home[i] <= upper[i] and np.isfinite(home[i]))
    ]
    if outside:
        raise UserError(f"{name}: home is outside the position limits of {', '.join(outside)}.")
    commanded = np.concatenate([arm, gripper])
    return Robot(
        name=name,
        model=model,
        joint_names=names,
        command_joints=tuple(names[i] for i in commanded),
        arm=arm,
        gripper=gripper,
        target=target,
        actuators=_actuators(name, model, names, commanded),
        lower=lower,
        upper=upper,
        velocity_limits=velocity,
        acceleration_limits=acceleration,
        home=home,
        tool_frame=given.tool_frame,
        base_frame=given.base_frame,
        cameras=tuple(given.cameras),
        workspace=workspace,
        tool_floor=floor,
    )


def position_actuators(model: mujoco.MjModel) -> dict[int, int]:
    """Returns the position actuator of each joint that has one, by the joint's index."""
    return {
        int(model.actuator_trnid[actuator, 0]): actuator
        for actuator in range(model.nu)
        if model.actuator_trntype[actuator] == mujoco.mjtTrn.mjTRN_JOINT.value
        # What tells a position servo from a motor: its force falls with the joint's position.
        and model.actuator_biasprm[actuator, 1] == -model.actuator_gainprm[actuator, 0] != 0
    }


def _actuators(name: str, model: mujoco.MjModel, names: tuple[str, ...], joints: Ints) -> Ints:
    """The position actuator of each joint."""
    moved = position_actuators(model)
    missing = [names[i] for i in joints if int(i) not in moved]
    if missing:
        raise UserError(f"{name}: no position actuator moves {', '.join(missing)}.")
    return np.array([moved[int(i)] for i in joints], dtype=np.int64)


def find_frame(model: mujoco.MjModel, frame: str) -> tuple[str, int]:
    """Returns ('site' or 'body', its id) for a frame name.

    Raises:
        UserError: If the model has neither a site nor a body of that name.
    """
    for kind, obj in (("site", mujoco.mjtObj.mjOBJ_SITE), ("body", mujoco.mjtObj.mjOBJ_BODY)):
        index = mujoco.mj_name2id(model, obj.value, frame)
        if index >= 0:
            return kind, index
    valid = [model.site(i).name for i in range(model.nsite)] + [
        model.body(i).name for i in range(1, model.nbody)
    ]
    raise UserError(f"The model has no site or body '{frame}' (valid: {', '.join(valid)}).")


def copy_model(model: mujoco.MjModel) -> mujoco.MjModel:
    """Returns a copy whose options may be changed."""
    return copy.copy(model)
