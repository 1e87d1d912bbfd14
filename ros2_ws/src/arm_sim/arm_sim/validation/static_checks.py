"""`check_robot`: says in plain words whether an arm's files can be used, and what to type if not.

First what can be read off the files, all of it at once; then, where they make up a robot, what a
little simulation shows (`dynamic_checks.py`).
"""

import argparse
import dataclasses
import re
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import mujoco
import numpy as np

from arm_sim.common.command import run_command
from arm_sim.common.config import build, read_yaml
from arm_sim.common.errors import UserError
from arm_sim.robot.robot import (
    RobotSettings,
    find_frame,
    make_robot,
    model_file,
    position_actuators,
    read_model,
    read_robot_settings,
)
from arm_sim.validation.config_template import guess_settings, joint_names, skeleton
from arm_sim.validation.dynamic_checks import CONTROL_PERIOD, ROBOT_CHECKS
from arm_sim.validation.findings import Finding, Findings, error, fine, listed, warning

_TARGET_XML = """\
<body name="target" gravcomp="1">
  <joint name="{0}" type="slide" axis="1 0 0" damping="10" range="-2 2"/>
  <joint name="{1}" type="slide" axis="0 1 0" damping="10" range="-2 2"/>
  <joint name="{2}" type="slide" axis="0 0 1" damping="10" range="-2 2"/>
  <geom type="sphere" size="0.03" mass="0.1" rgba="0.9 0.1 0.1 1" contype="0" conaffinity="0"/>
</body>"""


@dataclass(frozen=True)
class Report:
    """What all checks found.

    Attributes:
        findings: In the order of the checks.
        skeleton: A robot YAML to begin with, where there is no usable one; else ''.
    """

    findings: tuple[Finding, ...]
    skeleton: str

    @property
    def usable(self) -> bool:
        """Whether nothing stands in the way of training and deployment."""
        return all(finding.level != "error" for finding in self.findings)


def check_robot(model: str) -> Report:
    """Checks a built-in robot, or an MJCF file and the robot YAML beside it.

    Without a usable YAML the checks go on with a guess in its place.

    Raises:
        UserError: If there is no such model at all.
    """
    path = model_file(model)
    found: list[Finding] = []
    try:
        compiled = read_model(path)
    except UserError as wrong:
        return Report((error(str(wrong)),), "")
    proposal = ""
    try:
        given = read_robot_settings(path)
    except UserError as wrong:
        given = _completed(path.with_suffix(".yaml"), guess_settings(compiled))
        proposal = skeleton(given, path.name)
        found.append(error(f"{wrong} The rest is checked with a guess."))
    read_off = [finding for check in FILE_CHECKS for finding in check(compiled, given)]
    found += read_off
    try:
        robot = make_robot(path.stem, compiled, given)
    except UserError as wrong:
        if all(finding.level != "error" for finding in read_off):
            found.append(error(str(wrong)))
        return Report(tuple(found), proposal)
    found += [finding for check in ROBOT_CHECKS for finding in check(robot)]
    return Report(tuple(found), proposal)


def _completed(file: Path, guess: RobotSettings) -> RobotSettings:
    """The guess with what a robot YAML that is not whole does say."""
    values = dataclasses.asdict(guess)  # type: ignore[call-overload]
    try:
        own = read_yaml(file)
        known = {key: own[key] for key in values if key in own}
        return build(RobotSettings, values | known, str(file))
    except UserError:
        return guess


def _joints(model: mujoco.MjModel, given: RobotSettings) -> Findings:
    names = joint_names(model)
    simple = (mujoco.mjtJoint.mjJNT_HINGE.value, mujoco.mjtJoint.mjJNT_SLIDE.value)
    odd = [i for i in range(model.njnt) if model.jnt_type[i] not in simple]
    unnamed = [model.body(model.jnt_bodyid[i]).name or "?" for i, n in enumerate(names) if not n]
    if unnamed:
        yield error(f"Joints without a name, on the bodies {listed(unnamed)}: give each a name.")
    if odd:
        where = [names[i] or f"that of body {model.body(model.jnt_bodyid[i]).name}" for i in odd]
        yield error(f"Joints that are neither hinge nor slide can't be used: {listed(where)}.")
    idle = set(names) - {*given.arm_joints, *given.gripper_joints, *given.target_joints, ""}
    if idle:
        yield warning(
            f"Joints of no group, which nothing will command: {listed(sorted(idle))}. They belong "
            "into arm_joints or gripper_joints, or move by themselves."
        )
    if not unnamed and not odd:
        yield fine(f"{model.njnt} joints, each a named hinge or slide.")


def _groups(model: mujoco.MjModel, given: RobotSettings) -> Findings:
    names = joint_names(model)
    used = [*given.arm_joints, *given.gripper_joints, *given.target_joints]
    for group, wanted in _commanded(given).items():
        unknown = [n for n in wanted if n not in names]
        if unknown:
            yield error(
                f"{group} names joints that the model does not have: {listed(unknown)} "
                f"(valid: {listed([n for n in names if n])})."
            )
    twice = sorted({n for n in used if used.count(n) > 1})
    if twice:
        yield error(f"Named more than once in the YAML: {listed(twice)}.")


def _target(model: mujoco.MjModel, given: RobotSettings) -> Findings:
    names = joint_names(model)
    missing = [n for n in given.target_joints if n not in names]
    if missing:
        xml = _TARGET_XML.format(*given.target_joints)
        yield error(
            f"The target's joints {listed(missing)} are missing. Add this to the <worldbody>, with "
            f"ranges that hold the workspace:\n{xml}"
        )
        return
    data = mujoco.MjData(model)
    joints = [model.joint(n) for n in given.target_joints]
    if any(joint.type[0] != mujoco.mjtJoint.mjJNT_SLIDE.value for joint in joints):
        yield error(f"The target's joints must be slides: {listed(list(given.target_joints))}.")
        return
    place = np.array([0.1, -0.2, 0.3])
    for joint, position in zip(joints, place, strict=True):
        data.qpos[joint.qposadr[0]] = position
    mujoco.mj_kinematics(model, data)
    body = model.jnt_bodyid[joints[-1].id]
    if not np.allclose(data.xpos[body], place, rtol=0, atol=1e-9):
        yield error(
            f"The target's joints must be its position: at {place.tolist()} it is at "
            f"{data.xpos[body].round(4).tolist()}. Put its body at the worldbody's origin, and "
            "the axes along x, y and z, in this order."
        )
    solid = model.geom_contype | model.geom_conaffinity
    if solid[model.geom_bodyid == body].any():
        yield warning('The target can be bumped into: give its geoms contype="0" conaffinity="0".')


def _actuators(model: mujoco.MjModel, given: RobotSettings) -> Findings:
    moved = {model.joint(i).name for i in position_actuators(model)}
    on_joint = mujoco.mjtTrn.mjTRN_JOINT.value
    otherwise = {
        model.joint(model.actuator_trnid[i, 0]).name
        for i in range(model.nu)
        if model.actuator_trntype[i] == on_joint
    } - moved
    bare = [n for n in _known(model, given) if n not in moved]
    motors = [n for n in bare if n in otherwise]
    if motors:
        yield error(
            f"The actuators of {listed(motors)} are not position actuators, and commands are "
            "positions. Replace each, for instance <motor> by the <position> shown below."
        )
    if bare:
        lines = "\n".join(
            f'<position name="{n}" joint="{n}" kp="500" dampratio="1" inheritrange="'
            f'{int(model.joint(n).limited[0])}" forcerange="-50 50"/>'
            for n in bare
        )
        yield error(
            f"No position actuator moves {listed(bare)}. Add to <actuator>, with your arm's gains "
            f"and largest torques (N·m):\n{lines}"
        )
    else:
        yield fine("Every arm and gripper joint has a position actuator.")
    endless = [
        n
        for n in _known(model, given)
        if n in moved
        and not model.actuator_forcelimited[position_actuators(model)[model.joint(n).id]]
    ]
    if endless:
        yield warning(
            f"The actuators of {listed(endless)} are endlessly strong: give each a forcerange."
        )


def _velocity_limits(model: mujoco.MjModel, given: RobotSettings) -> Findings:
    limits = model.jnt_user[:, 0] if model.nuser_jnt else np.zeros(model.njnt)
    names = joint_names(model)
    bare = [
        n
        for n in given.arm_joints
        if n in names and not (limits[names.index(n)] > 0 and np.isfinite(limits[names.index(n)]))
    ]
    if bare:
        yield error(
            f"No velocity limit for {listed(bare)}: give it in rad/s as the first number of each "
            "joint's 'user' attribute, for instance <joint name=\""
            f'{bare[0]}" user="2.0" …/>, or for all of them with <default><joint user="2.0"/>'
            "</default>."
        )
    else:
        yield fine("Every arm joint has a velocity limit.")


def _position_limits(model: mujoco.MjModel, given: RobotSettings) -> Findings:
    known = _known(model, given)
    endless = [n for n in known if not model.joint(n).limited[0]]
    fingers = [n for n in endless if n in given.gripper_joints]
    if fingers:
        yield error(f"The gripper's {listed(fingers)} need a range: lower closed, upper open.")
    turning = [n for n in endless if n in given.arm_joints]
    if turning:
        yield warning(
            f"Without position limits, so taken to turn for ever: {listed(turning)}. "
            'From target to target a policy may wind them up: give each a range="lower upper".'
        )


def _home(model: mujoco.MjModel, given: RobotSettings) -> Findings:
    if len(given.home) != len(given.arm_joints):
        yield error(f"home has {len(given.home)} positions for {len(given.arm_joints)} arm joints.")
        return
    names = joint_names(model)
    outside = []
    for name, position in zip(given.arm_joints, given.home, strict=True):
        if name in names and model.joint(name).limited[0]:
            lower, upper = model.joint(name).range
            if not lower <= position <= upper:
                outside.append(f"{name} ({position:g}, limits {lower:g} to {upper:g})")
    if outside:
        yield error(f"home is outside the position limits of {listed(outside)}.")


def _frames(model: mujoco.MjModel, given: RobotSettings) -> Findings:
    try:
        find_frame(model, given.tool_frame)
    except UserError as wrong:
        yield error(f"tool_frame: {wrong}")


def _cameras(model: mujoco.MjModel, given: RobotSettings) -> Findings:
    there = [model.camera(i).name for i in range(model.ncam)]
    unknown = [n for n in given.cameras if n not in there]
    if unknown:
        yield error(f"Unknown cameras {listed(unknown)} (valid: {listed(there) or 'none'}).")
    # A camera's name begins its topics' names, and ROS allows few characters there.
    odd = [n for n in given.cameras if not re.fullmatch(r"[A-Za-z]\w*", n, re.ASCII) or "__" in n]
    if odd:
        yield error(
            f"Cameras whose names can't begin a ROS topic's: {', '.join(map(repr, odd))}. Use "
            "letters, digits and single underscores, a letter first."
        )
    if not given.cameras:
        yield fine("No cameras: training and deployment do without, only pictures are missing.")


def _names(model: mujoco.MjModel, given: RobotSettings) -> Findings:
    names = [model.body(i).name for i in range(model.nbody)] + joint_names(model)
    names += [given.tool_frame, given.base_frame]
    odd = sorted({n for n in names if n and not re.fullmatch(r"[\w./-]+", n, re.ASCII)})
    if odd:
        yield warning(
            f"Names that ROS tools may stumble over: {', '.join(map(repr, odd))}. Letters, digits "
            "and underscores are safe."
        )


def _workspace(model: mujoco.MjModel, given: RobotSettings) -> Findings:
    box = given.workspace
    if not all(low < high for low, high in zip(box.lower, box.upper, strict=True)):
        yield error(f"The workspace's lower {box.lower} must be below its upper {box.upper}.")
        return
    names = joint_names(model)
    for name, low, high in zip(given.target_joints, box.lower, box.upper, strict=True):
        if name in names and model.joint(name).limited[0]:
            lower, upper = model.joint(name).range
            if low < lower or high > upper:
                yield error(
                    f"The workspace, {low:g} to {high:g} m, is wider than the range of {name}, "
                    f"{lower:g} to {upper:g} m."
                )


def _timestep(model: mujoco.MjModel, given: RobotSettings) -> Findings:
    period, step = round(CONTROL_PERIOD * 1e9), round(model.opt.timestep * 1e9)
    if period % step:
        shorter = next(
            period // n for n in range(period // step + 1, period + 1) if period % n == 0
        )
        yield error(
            f"The timestep, {step / 1e9:g} s, does not divide the control period, "
            f'{CONTROL_PERIOD:g} s: use <option timestep="{shorter / 1e9:g}"/>.'
        )


FILE_CHECKS: tuple[Callable[[mujoco.MjModel, RobotSettings], Findings], ...] = (
    _joints,
    _groups,
    _target,
    _actuators,
    _velocity_limits,
    _position_limits,
    _home,
    _frames,
    _cameras,
    _names,
    _workspace,
    _timestep,
)


def _commanded(given: RobotSettings) -> dict[str, list[str]]:
    return {"arm_joints": given.arm_joints, "gripper_joints": given.gripper_joints}


def _known(model: mujoco.MjModel, given: RobotSettings) -> list[str]:
    """The commanded joints that there are."""
    names = joint_names(model)
    return [n for n in (*given.arm_joints, *given.gripper_joints) if n in names]


def main() -> None:
    """Entry point of `ros2 run arm_sim check_robot`; exits with 1 if the robot can't be used."""
    reports = []

    def command(_stop: threading.Event) -> None:
        parser = argparse.ArgumentParser(
            prog="check_robot", description="Says whether an arm's files can be used, or why not."
        )
        parser.add_argument("model", help="built-in robot or path to an MJCF file")
        report = check_robot(parser.parse_args().model)
        reports.append(report)
        for finding in report.findings:
            first, *rest = finding.text.splitlines()
            print(f"{finding.level:<8} {first}", *rest, sep="\n         ")
        if report.skeleton:
            print(f"\nA YAML to begin with:\n\n{report.skeleton}")
        levels = [finding.level for finding in report.findings]
        print(
            f"Errors: {levels.count('error')}, warnings: {levels.count('warning')}. "
            f"It {'can' if report.usable else 'can not'} be used."
        )

    code = run_command("check_robot", command)
    sys.exit(code or int(not all(report.usable for report in reports)))


if __name__ == "__main__":
    main()
