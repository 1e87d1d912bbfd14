"""What `evaluate` reads of a run's settings.yaml.

It reads value by value: the settings may name a task's file, which an evaluation does not run.
"""

from pathlib import Path

from arm_sim.common.config import build, read_yaml
from arm_sim.common.errors import UserError
from arm_sim.rendering.appearance import Appearance
from arm_trainer.cli.arguments import default_of
from arm_trainer.training.config import TrainingSettings
from arm_trainer.training.vision_config import VisionSettings

DEFAULT_MODEL = default_of(TrainingSettings, "model")


def model_of(run: Path) -> str:
    """Returns the robot that a run was trained on; the default one for a bundle without run."""
    file = run / "settings.yaml"
    return str((read_yaml(file) if file.is_file() else {}).get("model", DEFAULT_MODEL))


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
