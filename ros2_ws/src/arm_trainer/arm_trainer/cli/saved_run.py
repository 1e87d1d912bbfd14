"""What `evaluate` reads of a run's settings.yaml.

It reads value by value: the settings may name a task's file, which an evaluation does not run.
"""

from pathlib import Path

import yaml

from arm_sim.common.atomic_files import write_text
from arm_sim.common.config import build, read_yaml
from arm_sim.common.errors import UserError
from arm_sim.rendering.appearance import Appearance
from arm_sim.robot.files import model_file
from arm_sim.robot.scene_settings import scene_file
from arm_sim.scene.loader import RobotSource
from arm_trainer.cli.arguments import default_of
from arm_trainer.training.config import TrainingSettings
from arm_trainer.training.vision_config import VisionSettings

DEFAULT_MODEL = default_of(TrainingSettings, "model")


def source_of(run: Path) -> RobotSource:
    """Returns the robot that a run was trained on; the default one for a bundle without run."""
    file = run / "settings.yaml"
    values = read_yaml(file) if file.is_file() else {}
    return RobotSource(str(values.get("model", DEFAULT_MODEL)), str(values.get("scene", "")))


def exact(source: RobotSource, run: Path) -> RobotSource:
    """Returns the source of the same robot in an exact scene, whose YAML is written into the run.

    Raises:
        UserError: If the scene's YAML is wrong, or can't be written.
    """
    file = scene_file(model_file(source.model), source.scene)
    values = read_yaml(file) if file.is_file() else {}
    written = run / "exact_scene.yaml"
    write_text(written, yaml.safe_dump(values | {"exact": True}, sort_keys=False))
    return RobotSource(source.model, str(written.resolve()))


def unseen_appearance(run: Path) -> Appearance:
    """Returns how colours and light vary in evaluations of a run, other than in its training.

    Raises:
        UserError: If they did not vary in training.
    """
    file = run / "settings.yaml"
    values = read_yaml(file) if file.is_file() else {}
    vision = build(VisionSettings, values.get("vision") or {}, f"{file}: vision")
    found = vision.seeded_appearance(int(values.get("seed", 0)), unseen=True)
    if found is None:
        raise UserError(
            "--varied: what the cameras see did not vary in training; valid for the run of a "
            "training with vision.appearance."
        )
    return found
