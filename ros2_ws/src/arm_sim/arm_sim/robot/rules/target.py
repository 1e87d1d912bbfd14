"""Rules on the target: three slides whose positions are the target's position."""

from collections.abc import Iterator

import mujoco
import numpy as np

from arm_sim.robot.model import existing_joints
from arm_sim.robot.rules.fault import Fault
from arm_sim.robot.rules.joints import unknown_joints
from arm_sim.robot.settings import RobotSettings

_SNIPPET = """\
<body name="target" gravcomp="1">
  <joint name="{0}" type="slide" axis="1 0 0" damping="10" range="-2 2"/>
  <joint name="{1}" type="slide" axis="0 1 0" damping="10" range="-2 2"/>
  <joint name="{2}" type="slide" axis="0 0 1" damping="10" range="-2 2"/>
  <geom type="sphere" size="0.03" mass="0.1" rgba="0.9 0.1 0.1 1" contype="0" conaffinity="0"/>
</body>"""
# Any position serves whose coordinates differ from each other and from 0.
_PROBE = np.array([0.1, -0.2, 0.3])


def target_joints_exist(model: mujoco.MjModel, settings: RobotSettings) -> Iterator[Fault]:
    """The YAML's target joints are joints of the model."""
    if unknown := unknown_joints(model, "target_joints", settings.target_joints):
        yield Fault(
            f"{unknown} The target is a body in the <worldbody> with three slides, whose ranges "
            "hold the workspace.",
            _SNIPPET.format(*settings.target_joints),
        )


def target_joints_are_slides(model: mujoco.MjModel, settings: RobotSettings) -> Iterator[Fault]:
    """The target can be moved along straight lines."""
    joints = existing_joints(model, settings.target_joints)
    if any(model.joint(n).type[0] != mujoco.mjtJoint.mjJNT_SLIDE.value for n in joints):
        yield Fault(f"The target's joints must be slides: {', '.join(settings.target_joints)}.")


def target_joints_are_its_position(
    model: mujoco.MjModel, settings: RobotSettings
) -> Iterator[Fault]:
    """The joint positions are the target body's x, y and z in the base frame."""
    names = existing_joints(model, settings.target_joints)
    if len(names) < 3 or any(target_joints_are_slides(model, settings)):
        return
    data = mujoco.MjData(model)
    joints = [model.joint(name) for name in names]
    for joint, position in zip(joints, _PROBE, strict=True):
        data.qpos[joint.qposadr[0]] = position
    mujoco.mj_kinematics(model, data)
    found = data.xpos[target_body(model, settings)]
    if not np.allclose(found, _PROBE, rtol=0, atol=1e-9):
        yield Fault(
            f"The target's joints must be its position: at {_PROBE.tolist()} it is at "
            f"{found.round(4).tolist()}. Put its body at the worldbody's origin, and the axes "
            "along x, y and z, in this order."
        )


def target_body(model: mujoco.MjModel, settings: RobotSettings) -> int:
    """Returns the id of the body that the last target joint moves; the joint must exist."""
    return int(model.jnt_bodyid[model.joint(settings.target_joints[-1]).id])
