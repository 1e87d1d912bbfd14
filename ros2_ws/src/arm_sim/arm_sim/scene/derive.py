"""Derives what a scene YAML leaves out, and composes the scene.

Equal files and settings give equal scenes, in every process and on every machine.
"""

from dataclasses import replace
from typing import Any

import mujoco
import numpy as np

from arm_sim.common.config import build
from arm_sim.common.errors import UserError
from arm_sim.robot.builder import build_robot
from arm_sim.robot.robot import Robot
from arm_sim.robot.rules.all_rules import find_servo_faults
from arm_sim.robot.scene_settings import SceneSettings, ToolSite
from arm_sim.robot_description.arms import Arm
from arm_sim.robot_description.body_names import name_bodies
from arm_sim.robot_description.ensure_servos import ensure_servos
from arm_sim.robot_description.frames import base_frame, tool_frame
from arm_sim.robot_description.robot_file import RobotFile
from arm_sim.scene.arm_geometry import ArmGeometry
from arm_sim.scene.compose import ComposedScene
from arm_sim.scene.dynamics import Dynamics, choose_dynamics, describe_dynamics
from arm_sim.scene.gripper_ends import find_gripper_ends
from arm_sim.scene.home import arm_reach
from arm_sim.scene.places import derive_places
from arm_sim.scene.scene import Scene
from arm_sim.scene.selection import Selection, select
from arm_sim.scene.speed_limits import acceleration_limits, velocity_limits


def derive_scene(file: RobotFile, given: SceneSettings) -> Scene:
    """Returns the scene of a robot file.

    Args:
        file: The robot; its spec is used up.
        given: What the user's scene YAML says; it goes before what would be derived.

    Raises:
        UserError: If the file has no arm, or the settings don't fit it.
    """
    spec = file.spec
    name_bodies(spec)
    selection = select(spec, spec.compile(), given)
    commanded = [*selection.arm, *selection.drivers]
    notes = [*file.notes, *selection.notes]
    notes += ensure_servos(spec, spec.compile(), commanded, file.effort_limits)
    model = spec.compile()
    chosen = replace(  # type: ignore[type-var]
        given, arm_joints=selection.arm, gripper_joints=selection.drivers
    )
    if fault := next(find_servo_faults(model, chosen), None):
        raise UserError(fault)
    arm = _arm(model, selection)
    values = _frames(model, arm, given)
    base_name, base = base_frame(model, arm, given.base_frame)
    if given.target_joints:
        base = np.eye(4)  # Earlier versions gave all positions in the file's world frame.
    if isinstance(values["tool_site"], ToolSite):
        site = values["tool_site"]
        spec.body(site.body).add_site(name=values["tool_frame"], pos=site.position, group=4)
        model = spec.compile()
    values |= {
        "arm_joints": selection.arm,
        "base_frame": given.base_frame or base_name,
        "exact": given.exact,
        "boxes": given.boxes,
        "objects": given.objects,
    }
    values |= _gripper(spec, model, selection, values["tool_frame"], given)
    limits, unknown = velocity_limits(model, commanded, file.velocity_limits)
    values["velocity_limits"] = limits | (given.velocity_limits or {})
    values["acceleration_limits"] = acceleration_limits(model, commanded) | (
        given.acceleration_limits or {}
    )
    if lacking := [name for name in unknown if name not in (given.velocity_limits or {})]:
        notes.append(
            f"No velocity limits in the file for {len(lacking)} joints: "
            f"{limits[lacking[0]]:g} rad/s is taken for {lacking[0]} and those like it."
        )
    geometry = ArmGeometry(model, selection.arm, values["tool_frame"], base)
    reach = arm_reach(geometry)
    values |= derive_places(geometry, base, reach, selection.keyframe, given)
    scene = ComposedScene(spec, build(SceneSettings, values, "The scene"), base, reach)
    notes += scene.notes
    values |= _dynamics(scene, values, given, model.opt.timestep, notes)
    settings = build(SceneSettings, values, "The scene")
    return Scene(scene.compile(_dynamics_of(settings)), settings, tuple(notes))


def _dynamics(
    scene: ComposedScene,
    values: dict[str, Any],
    given: SceneSettings,
    file_timestep: float,
    notes: list[str],
) -> dict[str, Any]:
    """Timestep, rotor inertia and damping: given, else the cheapest with which the arm is calm."""

    def robot_with(dynamics: Dynamics) -> Robot:
        settings = build(SceneSettings, values | vars(dynamics), "The scene")
        return build_robot("robot", scene.compile(dynamics), settings)

    if given.rotor_inertia is not None:
        timestep = given.timestep or file_timestep
        chosen = Dynamics(timestep, given.rotor_inertia, given.joint_damping or {})
    else:
        timesteps = [given.timestep] if given.timestep else None
        if given.exact and timesteps is None:
            timesteps = [file_timestep]
        chosen, _ = choose_dynamics(robot_with, file_timestep, timesteps)
        notes += describe_dynamics(chosen, file_timestep)
    return dict(vars(chosen))


def _dynamics_of(settings: SceneSettings) -> Dynamics:
    assert settings.timestep is not None, "the settings are not complete"
    return Dynamics(settings.timestep, settings.rotor_inertia or {}, settings.joint_damping or {})


def _arm(model: mujoco.MjModel, selection: Selection) -> Arm:
    joints = tuple(model.joint(name).id for name in selection.arm)
    hand = tuple(model.joint(name).id for name in selection.hand)
    return Arm(joints, hand, int(model.jnt_bodyid[joints[-1]]))


def _frames(model: mujoco.MjModel, arm: Arm, given: SceneSettings) -> dict[str, Any]:
    if given.tool_frame is not None:
        return {"tool_frame": given.tool_frame, "tool_site": given.tool_site or "none"}
    found = tool_frame(model, arm)
    if not found.body:
        return {"tool_frame": found.name, "tool_site": "none"}
    place = {"body": found.body, "position": found.position}
    return {"tool_frame": found.name, "tool_site": build(ToolSite, place, "The tool's site")}


def _gripper(
    spec: mujoco.MjSpec,
    model: mujoco.MjModel,
    selection: Selection,
    tool: str,
    given: SceneSettings,
) -> dict[str, Any]:
    ends = find_gripper_ends(spec, model, selection.hand, tool)
    joints = given.gripper_joints if given.gripper_joints is not None else ends.joints
    by_joint = dict(zip(ends.joints, zip(ends.closed, ends.open, strict=True), strict=True))
    return {
        "gripper_joints": joints,
        "gripper_closed": given.gripper_closed or [by_joint[name][0] for name in joints],
        "gripper_open": given.gripper_open or [by_joint[name][1] for name in joints],
        "followers": given.followers or ends.followers,
    }
