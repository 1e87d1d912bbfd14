"""Loads a robot: reads its file, composes its scene, and keeps the last few."""

import functools
from dataclasses import dataclass
from pathlib import Path

from arm_sim.common.errors import UserError
from arm_sim.common.mujoco_warnings import quiet_mujoco
from arm_sim.robot.builder import build_robot
from arm_sim.robot.files import model_file
from arm_sim.robot.robot import Robot
from arm_sim.robot.scene_settings import SceneSettings, read_scene_settings, scene_file
from arm_sim.robot_description.content import robot_content_hash
from arm_sim.robot_description.robot_file import read_robot_file
from arm_sim.scene.derive import derive_scene
from arm_sim.scene.scene_cache import cached_scene, keep_scene


@dataclass(frozen=True)
class LoadedScene:
    """A robot in its scene.

    Attributes:
        robot: The robot.
        settings: The scene's settings, given and derived.
        notes: What was found in the robot's file and chosen, a sentence each.
    """

    robot: Robot
    settings: SceneSettings
    notes: tuple[str, ...]


@dataclass(frozen=True)
class RobotSource:
    """What a robot is loaded from, as users name it; its fields are also parameters of nodes.

    Attributes:
        model: A built-in robot's name or a path.
        scene: Path to a scene YAML; '' for the one beside the model, or none.
    """

    model: str = "fetch_arm"
    scene: str = ""

    def load(self) -> Robot:
        """Returns the robot; see `load_robot`."""
        return load_robot(self.model, self.scene)

    def as_parameters(self) -> dict[str, str]:
        """Returns the fields by name; an empty scene is left out, as nodes take no empty text."""
        return {"model": self.model} | ({"scene": self.scene} if self.scene else {})


def load_robot(model: str = "fetch_arm", scene: str = "") -> Robot:
    """Returns the robot of `load_scene`.

    Raises:
        UserError: If a file is missing or wrong, or they don't fit each other.
    """
    return load_scene(model, scene).robot


def load_scene(model: str, scene: str = "") -> LoadedScene:
    """Loads a built-in robot by name, or a maker's MJCF or URDF file, in its composed scene.

    The last few are kept; a file that has changed since is read again, so a controller can be
    configured again without a restart.

    Args:
        model: A built-in robot's name or a path.
        scene: Path to a scene YAML; by default the file of the model's name beside it, if any.

    Raises:
        UserError: If a file is missing or wrong, or they don't fit each other.
    """
    path = model_file(model)
    files = (path, scene_file(path, scene))
    return _load(*files, tuple(f.stat().st_mtime_ns if f.is_file() else 0 for f in files))


@functools.lru_cache(maxsize=4)
def _load(path: Path, settings: Path, _modified_ns: tuple[int, ...]) -> LoadedScene:
    given = read_scene_settings(settings)
    content = robot_content_hash(path)
    scene = cached_scene(content, given)
    file = read_robot_file(path) if scene is None else None
    try:
        if file is not None:
            with quiet_mujoco():
                scene = derive_scene(file, given)
            keep_scene(content, given, scene)
        assert scene is not None
        robot = build_robot(path.stem, scene.model, scene.settings)
    except UserError as error:
        raise UserError(f"{path.stem}: {error}") from error
    return LoadedScene(robot, scene.settings, scene.notes)
