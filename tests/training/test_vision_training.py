"""Training by sight over real topics: frames and policy as in-process; and that it really sees."""

import re
import shutil
import subprocess
import threading
from pathlib import Path

import numpy as np
import pytest
import torch
import yaml

from arm_sim.common.errors import UserError
from arm_sim.robot.files import model_file
from arm_sim.scene.loader import load_robot
from arm_trainer.backends.camera_views import Views
from arm_trainer.backends.in_process import InProcessBackend
from arm_trainer.cli.train import run_training
from arm_trainer.envs.batch_env import BatchEnv
from arm_trainer.envs.policy_interface import PolicyInterface
from arm_trainer.evaluation.outcomes import Outcomes
from arm_trainer.evaluation.rollout import run_episodes
from arm_trainer.policies.bundle import Policy
from arm_trainer.training.config import read_settings
from arm_trainer.training.run_folder import RunFolder
from arm_trainer.vision.distillation import train_vision_policy
from support.processes import executable

TINY = """
steps: 64
num_arms: 4
evaluation_episodes: 2
vision: {cameras: [top, front], image_size: 24, frame_stack: 2, frames: 128, epochs: 1}
reach: {max_periods: 4, hold_periods: 1}
learner: {n_steps: 8, batch_size: 16, n_epochs: 1, net_arch: [4]}
"""


def train(logs: Path, *arguments: str, timeout: float) -> Path:
    done = subprocess.run(
        [executable("train"), "--log-dir", logs, *arguments],
        capture_output=True,
        text=True,
        timeout=timeout,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    (run,) = (logs / "fetch_arm").iterdir()
    return Path(run)


def test_frames_through_topics_teach_what_frames_in_process_do(tmp_path: Path) -> None:
    file = tmp_path / "tiny.yaml"
    file.write_text(TINY)
    run = train(tmp_path / "ros", f"--settings={file}", timeout=120)
    assert Policy(run / "policy").views == Views(("top_camera", "front_camera"), 24, 2)
    other = RunFolder.create(tmp_path / "in_process", "fetch_arm", "ppo")
    settings = read_settings(run / "settings.yaml")
    assert train_vision_policy(settings, other, in_process, log=lambda line: None).finished
    found, wanted = (
        torch.load(folder / "encoder.pt", weights_only=True)["encoder"]
        for folder in (run, other.path)
    )
    for name, values in wanted.items():
        assert torch.equal(found[name], values), name


def in_process(interface: PolicyInterface, views: Views | None) -> InProcessBackend:
    return InProcessBackend(interface.robot, 4, interface.control_period, threads=1, views=views)


def outcomes_of(policy: Policy, model: str, episodes: int) -> Outcomes:
    interface, views = policy.interface_for(load_robot(model)), policy.views
    backend = InProcessBackend(interface.robot, 20, interface.control_period, views=views)
    found = run_episodes(BatchEnv(interface, backend, views=views), policy.act, episodes)
    backend.close()
    return found


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (["--vision", "--cameras=top,back"], "has no camera back (valid: front_camera, side_cam"),
        (["--image-size=32"], "--image-size: only for a policy that sees; add --vision."),
        (["--vision", "--latency=50"], "observations are never late: reach.latency must be 0"),
        (["--vision", "--image-size=8"], "'vision.image_size' is 8: Input should be greater than"),
    ],
)
def test_a_mistake_about_vision_is_one_sentence(
    options: list[str], sentence: str, tmp_path: Path
) -> None:
    with pytest.raises(UserError, match=re.escape(sentence)):
        run_training([*options, f"--log-dir={tmp_path}"], threading.Event())
    assert not list(tmp_path.iterdir())


def test_an_external_simulator_varies_its_images_itself(tmp_path: Path) -> None:
    file = tmp_path / "mine.yaml"
    file.write_text("vision: {appearance: {light: 0.3}}\n")
    with pytest.raises(UserError, match=r"leave vision\.appearance out"):
        run_training(
            ["--sim=external", f"--settings={file}", f"--log-dir={tmp_path / 'logs'}"],
            threading.Event(),
        )
    assert not (tmp_path / "logs").exists()


@pytest.mark.slow
def test_a_quick_training_reaches_by_sight_and_only_by_sight(tmp_path: Path) -> None:
    file = tmp_path / "quick.yaml"
    file.write_text("vision: {frames: 5000, epochs: 3}\n")
    run = train(tmp_path / "logs", f"--settings={file}", "--steps=120000", timeout=1200)
    policy = Policy(run / "policy")
    assert outcomes_of(policy, "fetch_arm", 100).interval.rate >= 0.85

    model = model_file("fetch_arm")
    scene = yaml.safe_load(model.with_suffix(".yaml").read_text())
    scene["target_radius"] = 1e-6  # Too small to be drawn.
    hidden = tmp_path / model.name
    shutil.copy(model, hidden)
    hidden.with_suffix(".yaml").write_text(yaml.safe_dump(scene))
    blind = outcomes_of(policy, str(hidden), 100)
    # Chance is to be where the target happens to be.
    assert blind.interval.rate <= 0.1
    assert np.median(blind.metrics["distance"]) > 0.1
