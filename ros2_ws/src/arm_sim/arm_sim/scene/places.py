"""Derives the places of a scene: home, floor, workspace, limits about home, and cameras."""

from typing import Any

import mujoco
import numpy as np

from arm_sim.common.arrays import Floats
from arm_sim.robot.camera_intrinsics import is_perspective
from arm_sim.robot.rules.frames import fits_topic
from arm_sim.robot.scene_settings import CameraPose, SceneSettings, Workspace
from arm_sim.scene.arm_geometry import ArmGeometry
from arm_sim.scene.cameras import place_cameras
from arm_sim.scene.home import choose_home
from arm_sim.scene.posture_contacts import PostureContacts
from arm_sim.scene.surroundings import floor_height
from arm_sim.scene.workspace import choose_workspace, tool_floor

# The ball that shows the target: of an arm that reaches a metre, and the smallest one, m.
_TARGET_RADIUS, _SMALLEST_TARGET = 0.03, 0.012
_TURN = 2 * np.pi


def derive_places(
    geometry: ArmGeometry,
    base: Floats,
    reach: float,
    keyframe: Floats | None,
    given: SceneSettings,
) -> dict[str, Any]:
    """Returns the settings of places by key, given or derived.

    Args:
        geometry: The arm.
        base: (4, 4) pose of the base frame in the model's world frame, m.
        reach: The arm's reach, m.
        keyframe: (A,) the arm's posture in the file's home keyframe; None without one.
        given: What the user's scene YAML says.
    """
    model = geometry.model
    contacts = PostureContacts(geometry)
    floor = given.floor
    if floor is None:
        floor = floor_height(model, int(geometry.arm[0]), base)
    ground = floor if isinstance(floor, float) else -np.inf
    home = given.home
    if home is None:
        chosen = choose_home(geometry, contacts, keyframe, ground)
        home = [round(float(x), 4) for x in chosen]
    lowest = given.tool_floor
    if lowest is None:
        lowest = "none" if np.isinf(ground) else tool_floor(ground, reach)
        if given.workspace is not None and isinstance(lowest, float):
            lowest = min(lowest, given.workspace.lower[2])
    above = lowest + reach / 50 if isinstance(lowest, float) else -np.inf
    workspace = given.workspace or choose_workspace(
        geometry, contacts, np.array(home), above, reach
    )
    cameras = _scene_cameras(model, workspace, given)
    radius = float(np.clip(_TARGET_RADIUS * reach, _SMALLEST_TARGET, _TARGET_RADIUS))
    return {
        "floor": floor,
        "home": home,
        "tool_floor": lowest,
        "workspace": workspace,
        "target_radius": given.target_radius or round(radius, 4),
        "scene_cameras": cameras,
        "cameras": given.cameras if given.cameras is not None else _cameras(model, list(cameras)),
        "position_limits": _position_limits(geometry, home) | (given.position_limits or {}),
    }


def _scene_cameras(
    model: mujoco.MjModel, workspace: Workspace, given: SceneSettings
) -> dict[str, CameraPose]:
    """The cameras about the workspace, but for those whose names the file's own cameras have."""
    if given.scene_cameras is not None:
        return given.scene_cameras
    own = {model.camera(i).name for i in range(model.ncam)}
    return {name: pose for name, pose in place_cameras(workspace).items() if name not in own}


def _position_limits(geometry: ArmGeometry, home: list[float]) -> dict[str, tuple[float, float]]:
    """Half a turn to each side of home for hinges that could turn further, but not endlessly.

    Within one turn a policy has one way to each posture, so nothing winds up.
    """
    model = geometry.model
    limits = {}
    for index, posture in zip(geometry.arm, home, strict=True):
        joint = model.joint(int(index))
        hinge = joint.type[0] == mujoco.mjtJoint.mjJNT_HINGE.value
        if hinge and joint.limited[0] and np.ptp(joint.range) > _TURN + 1e-6:
            low, high = max(joint.range[0], posture - np.pi), min(joint.range[1], posture + np.pi)
            limits[joint.name] = (round(float(low), 4), round(float(high), 4))
    return limits


def _cameras(model: mujoco.MjModel, placed: list[str]) -> list[str]:
    """The scene's cameras, then the robot's own whose names fit topics and that stand still."""
    fixed = mujoco.mjtCamLight.mjCAMLIGHT_FIXED.value
    own = [
        model.camera(i).name
        for i in range(model.ncam)
        if model.cam_mode[i] == fixed and is_perspective(model, i)
    ]
    return placed + [name for name in own if name not in placed and fits_topic(name)]
