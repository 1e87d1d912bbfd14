"""A first robot YAML for a model that has none: what its names most likely mean.

A guess to be read and corrected by a person, who is told so by the comments in it.
"""

from collections.abc import Iterable
from typing import Any

import mujoco
import numpy as np
from numpy.typing import NDArray

from arm_sim.common.config import build
from arm_sim.robot.robot import Floats, Ints, RobotSettings, find_frame, position_actuators

_FINGER_WORDS = ("finger", "grip", "jaw", "knuckle", "thumb", "driver", "hand")
_TOOL_WORDS = ("tcp", "tool", "pinch", "grasp", "grip", "tip", "attachment", "flange", "ee", "end")
TARGET_JOINTS = ("target_x", "target_y", "target_z")
# Poses tried and how far from home, rad, to find a box that the tool gets to.
_POSES = 500
_SPREAD = 0.7


def guess_settings(model: mujoco.MjModel) -> RobotSettings:
    """Returns what the model's names most likely mean; it may well be wrong."""
    names = joint_names(model)
    actuated = sorted(position_actuators(model)) or sorted(
        {
            int(joint)
            for joint, kind in zip(model.actuator_trnid[:, 0], model.actuator_trntype, strict=True)
            if kind == mujoco.mjtTrn.mjTRN_JOINT.value
        }
    )
    candidates = [i for i in actuated or range(model.njnt) if names[i] not in ("", *TARGET_JOINTS)]
    gripper = [i for i in candidates if _has_word(names[i], _FINGER_WORDS)]
    # At least one, so that there is something to check; the checks say what is wrong with it.
    arm = [i for i in candidates if i not in gripper] or list(range(min(1, model.njnt)))
    home = _home(model, np.array(arm, dtype=np.int64))
    tool = _tool_frame(model, arm)
    values = {
        "arm_joints": [names[i] for i in arm] or ["?"],
        "gripper_joints": [names[i] for i in gripper],
        "target_joints": TARGET_JOINTS,
        "tool_frame": tool,
        "base_frame": _base_frame(model, arm),
        "home": [round(float(home[i]), 2) for i in arm],
        "cameras": [name for i in range(model.ncam) if (name := model.camera(i).name)],
        "workspace": _workspace(model, np.array(arm, dtype=np.int64), home, tool),
    }
    return build(RobotSettings, values, "The guessed robot YAML")


def skeleton(given: RobotSettings, file_name: str) -> str:
    """Returns settings as the text of a robot YAML, with comments."""
    box = given.workspace
    lines = [
        f"# What the names in {file_name} mean. A guess: read every line.",
        f"arm_joints: {_list(given.arm_joints)}",
        f"gripper_joints: {_list(given.gripper_joints)}  # [] for none; lower limit is closed",
        f"target_joints: {_list(given.target_joints)}",
        f"tool_frame: {given.tool_frame}  # the site or body that is to reach the target",
        f"base_frame: {given.base_frame}",
        f"home: {_list(given.home)}  # rad, in the order of arm_joints",
        f"cameras: {_list(given.cameras)}",
        "# The box in which targets are drawn (m, base frame). Keep it off tables and the floor.",
        "workspace:",
        f"  lower: {_list(box.lower)}",
        f"  upper: {_list(box.upper)}",
    ]
    return "\n".join(lines) + "\n"


def joint_names(model: mujoco.MjModel) -> list[str]:
    """Returns the names of all joints, '' where there is none."""
    return [model.joint(i).name for i in range(model.njnt)]


def _has_word(name: str, words: tuple[str, ...]) -> bool:
    return any(word in name.lower() for word in words)


def _home(model: mujoco.MjModel, arm: Ints) -> Floats:
    """(njnt,) positions in the first keyframe, else at rest; mid-range where that is outside."""
    home = np.zeros(model.njnt)
    home[arm] = (model.key_qpos[0] if model.nkey else model.qpos0)[model.jnt_qposadr[arm]]
    lower, upper = model.jnt_range.T
    outside = model.jnt_limited.astype(bool) & ((home <= lower) | (home >= upper))
    return np.where(outside, (lower + upper) / 2, home)


def _tool_frame(model: mujoco.MjModel, arm: list[int]) -> str:
    """The likeliest name among the sites and bodies that the arm's last joint carries."""
    carried = _carried_by(model, model.jnt_bodyid[arm[-1]] if arm else 0)
    sites = [model.site(i).name for i in range(model.nsite) if carried[model.site_bodyid[i]]]
    bodies = [model.body(i).name for i in range(1, model.nbody) if carried[i]]
    likely = [n for n in (*sites, *reversed(bodies)) if n and _has_word(n, _TOOL_WORDS)]
    return next((n for n in (*likely, *sites, *reversed(bodies)) if n), "?")


def _base_frame(model: mujoco.MjModel, arm: list[int]) -> str:
    """The body at the root of the arm if it stands at the origin, else the world."""
    root = model.body_rootid[model.jnt_bodyid[arm[0]]] if arm else 0
    standing = not model.body_pos[root].any() and model.body_quat[root][0] == 1
    return (model.body(root).name if standing else "") or "world"


def _carried_by(model: mujoco.MjModel, body: int) -> NDArray[np.bool_]:
    carried = np.zeros(model.nbody, dtype=bool)
    carried[body] = True
    for i in range(body + 1, model.nbody):  # Parents come before their children.
        carried[i] |= carried[model.body_parentid[i]]
    return carried


def _workspace(model: mujoco.MjModel, arm: Ints, home: Floats, tool: str) -> dict[str, Any]:
    """Where the tool mostly is while the arm's joints are about home."""
    data = mujoco.MjData(model)
    random = np.random.default_rng(0)
    tools = np.zeros((_POSES, 3))
    if tool != "?":
        kind, index = find_frame(model, tool)
        frames = data.site_xpos if kind == "site" else data.xpos
        for i in range(_POSES):
            away = random.uniform(-_SPREAD, _SPREAD, len(arm))
            data.qpos[model.jnt_qposadr[arm]] = home[arm] + away
            mujoco.mj_kinematics(model, data)
            tools[i] = frames[index]
    lower, upper = np.percentile(tools, (15, 85), axis=0).round(2)
    upper = np.maximum(upper, lower + 0.1)
    return {"lower": tuple(lower.tolist()), "upper": tuple(upper.round(2).tolist())}


def _list(values: Iterable[object]) -> str:
    return "[" + ", ".join(str(value) for value in values) + "]"
