"""Keeps derived scenes, as deriving one takes seconds and every process needs it.

A scene is kept under a hash of all that it follows from: the robot's files, the user's settings,
this package's code and MuJoCo's version. So it never has to be looked at again. The scenes are in
`arm_sim_scenes` in ROS_HOME (default: ~/.ros), and may be deleted at any time.
"""

import contextlib
import functools
import hashlib
import importlib.metadata
import json
import shutil
from pathlib import Path

import mujoco

import arm_sim
from arm_sim.common.atomic_files import atomic_folder
from arm_sim.common.config import build, read_yaml
from arm_sim.common.errors import UserError
from arm_sim.common.ros_home import ros_home
from arm_sim.robot.scene_settings import SceneSettings
from arm_sim.scene.scene import Scene
from arm_sim.scene.yaml_text import scene_yaml

_MOST_SCENES = 12
_DIGEST = "digest.txt"
_CODE = ("common", "robot_description", "robot", "simulation", "scene")


def cached_scene(content: str, given: SceneSettings) -> Scene | None:
    """Returns the kept scene of a robot's content and a user's settings; None if there is none."""
    folder = _folder(content, given)
    try:
        if (folder / _DIGEST).read_text(encoding="utf-8") != _digest(folder):
            return None  # The disk was full, or someone has changed it.
        settings = build(SceneSettings, read_yaml(folder / "scene.yaml"), str(folder))
        notes = json.loads((folder / "notes.json").read_text(encoding="utf-8"))
        model = mujoco.MjModel.from_binary_path(str(folder / "scene.mjb"))
    except (OSError, ValueError, UserError):
        return None
    return Scene(model, settings, tuple(notes))


def keep_scene(content: str, given: SceneSettings, scene: Scene) -> None:
    """Keeps a scene, if the disk allows it, and deletes the oldest beyond a number of scenes."""
    folder = _folder(content, given)
    with contextlib.suppress(UserError, OSError):
        with atomic_folder(folder) as temporary:
            text = scene_yaml(scene.settings, "the robot")
            (temporary / "scene.yaml").write_text(text, encoding="utf-8")
            (temporary / "notes.json").write_text(json.dumps(scene.notes), encoding="utf-8")
            mujoco.mj_saveModel(scene.model, str(temporary / "scene.mjb"))
            (temporary / _DIGEST).write_text(_digest(temporary), encoding="utf-8")
        kept = [entry for entry in folder.parent.iterdir() if not entry.name.startswith(".")]
        kept.sort(key=lambda entry: entry.stat().st_mtime, reverse=True)
        for old in kept[_MOST_SCENES:]:
            shutil.rmtree(old, ignore_errors=True)


def _digest(folder: Path) -> str:
    """SHA-256 of what is kept of a scene."""
    digest = hashlib.sha256()
    for name in ("scene.yaml", "notes.json", "scene.mjb"):
        digest.update((folder / name).read_bytes())
    return digest.hexdigest()


def _folder(content: str, given: SceneSettings) -> Path:
    parts = [content, scene_yaml(given, ""), _code_hash(), mujoco.__version__]
    parts.append(importlib.metadata.version("numpy"))
    key = hashlib.sha256("\n".join(parts).encode()).hexdigest()[:32]
    return ros_home() / "arm_sim_scenes" / key


@functools.cache
def _code_hash() -> str:
    digest = hashlib.sha256()
    root = Path(arm_sim.__path__[0])
    for folder in _CODE:
        for file in sorted((root / folder).rglob("*.py")):
            digest.update(file.read_bytes())
    return digest.hexdigest()
