"""Guesses a robot YAML for a model that has none, from names, actuators and keyframes.

Comments in the text tell the user to read and correct it.
"""

from collections.abc import Iterable
from typing import Any

import mujoco
import numpy as np
from numpy.typing import NDArray

from arm_sim.common.arrays import Floats, Ints
from arm_sim.common.config import build
from arm_sim.robot.model import actuated_joints, find_frame, joint_names, position_actuators
from arm_sim.robot.settings import RobotSettings

_FINGER_WORDS = ("finger", "grip", "jaw", "knuckle", "thumb", "driver", "hand")
_TOOL_WORDS = ("tcp", "tool", "pinch", "grasp", "grip", "tip", "attachment", "flange", "ee", "end")
_TARGET_JOINTS = ("target_x", "target_y", "target_z")
# To guess the workspace: number of random arm positions, and their largest distance to home, rad.
_SAMPLES = 500
_SPREAD = 0.7


def guess_settings(model: mujoco.MjModel) -> RobotSettings:
    """Returns the most likely settings; they may be wrong, and need not keep the rules."""
    names = joint_names(model)
    actuated = sorted(position_actuators(model)) or sorted(actuated_joints(model))
    candidates = [i for i in actuated or range(model.njnt) if names[i] not in ("", *_TARGET_JOINTS)]
    gripper = [i for i in candidates if _has_word(names[i], _FINGER_WORDS)]
    # At least one joint, as the settings demand; the checks then say what is wrong with it.
    arm = [i for i in candidates if i not in gripper] or list(range(min(1, model.njnt)))
    home = _home(model, np.array(arm, dtype=np.int64))
    tool = _tool_frame(model, arm)
    values = {
        "arm_joints": [names[i] for i in arm] or ["?"],
        "gripper_joints": [names[i] for i in gripper],
        "target_joints": _TARGET_JOINTS,
        "tool_frame": tool,
        "base_frame": _base_frame(model, arm),
        "home": [round(float(home[i]), 2) for i in arm],
        "cameras": [name for i in range(model.ncam) if (name := model.camera(i).name)],
        "workspace": _workspace(model, np.array(arm, dtype=np.int64), home, tool),
    }
    return build(RobotSettings, values, "The guessed robot YAML")


def yaml_template(settings: RobotSettings, file_name: str) -> str:
    """Returns guessed settings of a model file as the text of a robot YAML, with comments."""
    box = settings.workspace
    lines = [
        f"# Use of the joints, frames and cameras of {file_name}. Guessed: check every line.",
        f"arm_joints: {_list(settings.arm_joints)}",
        f"gripper_joints: {_list(settings.gripper_joints)}  # [] for none; lower limit is closed",
        f"target_joints: {_list(settings.target_joints)}",
        f"tool_frame: {settings.tool_frame}  # the site or body that must reach the target",
        f"base_frame: {settings.base_frame}",
        f"home: {_list(settings.home)}  # rad, in the order of arm_joints",
        f"cameras: {_list(settings.cameras)}",
        "# The box in which targets are drawn (m, base frame). Keep it off tables and the floor.",
        "workspace:",
        f"  lower: {_list(box.lower)}",
        f"  upper: {_list(box.upper)}",
    ]
    return "\n".join(lines) + "\n"


def _has_word(name: str, words: tuple[str, ...]) -> bool:
    return any(word in name.lower() for word in words)


def _home(model: mujoco.MjModel, arm: Ints) -> Floats:
    """(J,) positions of the first keyframe, else of qpos0; mid-range where these are outside."""
    home = np.zeros(model.njnt)
    home[arm] = (model.key_qpos[0] if model.nkey else model.qpos0)[model.jnt_qposadr[arm]]
    lower, upper = model.jnt_range.T
    outside = model.jnt_limited.astype(bool) & ((home <= lower) | (home >= upper))
    return np.where(outside, (lower + upper) / 2, home)


def _tool_frame(model: mujoco.MjModel, arm: list[int]) -> str:
    """The likeliest name among the sites and bodies that the arm's last joint moves."""
    moved = _subtree(model, model.jnt_bodyid[arm[-1]] if arm else 0)
    sites = [model.site(i).name for i in range(model.nsite) if moved[model.site_bodyid[i]]]
    bodies = [model.body(i).name for i in range(1, model.nbody) if moved[i]]
    likely = [n for n in (*sites, *reversed(bodies)) if n and _has_word(n, _TOOL_WORDS)]
    return next((n for n in (*likely, *sites, *reversed(bodies)) if n), "?")


def _base_frame(model: mujoco.MjModel, arm: list[int]) -> str:
    """The body at the root of the arm if it stands at the origin, else the world."""
    root = model.body_rootid[model.jnt_bodyid[arm[0]]] if arm else 0
    at_origin = not model.body_pos[root].any() and model.body_quat[root][0] == 1
    return (model.body(root).name if at_origin else "") or "world"


def _subtree(model: mujoco.MjModel, body: int) -> NDArray[np.bool_]:
    """(nbody,) which bodies hang on a body, itself included."""
    moved = np.zeros(model.nbody, dtype=bool)
    moved[body] = True
    for i in range(body + 1, model.nbody):  # Parents come before their children.
        moved[i] |= moved[model.body_parentid[i]]
    return moved


def _workspace(model: mujoco.MjModel, arm: Ints, home: Floats, tool: str) -> dict[str, Any]:
    """The box that holds most tool positions of random arm positions around home."""
    data = mujoco.MjData(model)
    rng = np.random.default_rng(0)
    tools = np.zeros((_SAMPLES, 3))
    if tool != "?":
        kind, index = find_frame(model, tool)
        frames = data.site_xpos if kind == "site" else data.xpos
        for i in range(_SAMPLES):
            offset = rng.uniform(-_SPREAD, _SPREAD, len(arm))
            data.qpos[model.jnt_qposadr[arm]] = home[arm] + offset
            mujoco.mj_kinematics(model, data)
            tools[i] = frames[index]
    lower, upper = np.percentile(tools, (15, 85), axis=0).round(2)
    upper = np.maximum(upper, lower + 0.1)
    return {"lower": tuple(lower.tolist()), "upper": tuple(upper.round(2).tolist())}


def _list(values: Iterable[object]) -> str:
    return "[" + ", ".join(str(value) for value in values) + "]"
