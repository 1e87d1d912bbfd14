"""Loads a robot: reads its file, composes its scene, and keeps the last few."""

import dataclasses
import functools
import hashlib
import json
import re
from dataclasses import dataclass
from pathlib import Path

from arm_sim.common.config import build, parse_yaml, read_yaml
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

_CHANGES = "The changes of the scene"
# Every text of a mapping or a list in YAML has one of these.
_MAPPING = re.compile(r"^\s*(\{|- )|:\s|:$")


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
        changes: Text in YAML whose keys override those of the scene, or the path of such a file; a
            task adds its objects so.
    """

    model: str = "fetch_arm"
    scene: str = ""
    changes: str = ""

    def load(self) -> Robot:
        """Returns the robot; see `load_robot`."""
        return load_robot(self.model, self.scene, self.changes)

    def as_parameters(self) -> dict[str, str]:
        """Returns the fields as parameters of a node, without the empty ones."""
        values = {"model": self.model, "scene": self.scene, "scene_changes": self.changes}
        return {name: value for name, value in values.items() if value}


def load_robot(model: str = "fetch_arm", scene: str = "", changes: str = "") -> Robot:
    """Returns the robot of `load_scene`.

    Raises:
        UserError: If a file is missing or wrong, or they don't fit each other.
    """
    return load_scene(model, scene, changes).robot


def load_scene(model: str, scene: str = "", changes: str = "") -> LoadedScene:
    """Loads a built-in robot by name, or a maker's MJCF or URDF file, in its composed scene.

    The last few are kept; a file that has changed since is read again, so a controller can be
    configured again without a restart.

    Args:
        model: A built-in robot's name or a path.
        scene: Path to a scene YAML; by default the file of the model's name beside it, if any.
        changes: Text in YAML whose keys override those of the complete scene, for instance
            `objects`; or the path of a file with it.

    Raises:
        UserError: If a file is missing or wrong, or they don't fit each other.
    """
    path = model_file(model)
    files = (path, scene_file(path, scene))
    modified = tuple(f.stat().st_mtime_ns if f.is_file() else 0 for f in files)
    return _load(*files, _text(changes), modified)


def _text(changes: str) -> str:
    """The text of changes that are given as text or as a file's path, which may have a colon."""
    if not changes or _MAPPING.search(changes):
        return changes
    return json.dumps(read_yaml(Path(changes)))


@functools.lru_cache(maxsize=6)
def _load(path: Path, scene: Path, changes: str, modified_ns: tuple[int, ...]) -> LoadedScene:
    if changes:
        given = _changed(_load(path, scene, "", modified_ns).settings, changes)
    else:
        given = read_scene_settings(scene)
    return _compose(path, given)


def _changed(complete: SceneSettings, changes: str) -> SceneSettings:
    """Complete settings with some of them changed, as text in YAML says."""
    values = {field.name: getattr(complete, field.name) for field in dataclasses.fields(complete)}  # type: ignore[arg-type]
    return build(SceneSettings, values | parse_yaml(changes, _CHANGES), _CHANGES)


def _compose(path: Path, given: SceneSettings) -> LoadedScene:
    content = robot_content_hash(path)
    content += "".join(_hash(Path(o.file)) for o in given.objects.values() if o.file)
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


def _hash(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()
