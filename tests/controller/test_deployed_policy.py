import json
import shutil
import subprocess
import threading
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from arm_sim.common.errors import UserError
from arm_sim.scene.loader import RobotSource, load_robot
from arm_sim.simulation.sim_config import SimConfig
from arm_trainer.cli.demo import run_demo
from arm_trainer.cli.evaluate import run_evaluation
from arm_trainer.cli.export import run_export
from arm_trainer.envs.policy_interface import PolicyInterface
from arm_trainer.policies.bundle import Policy
from arm_trainer.ros.deployed_evaluation import run_deployed
from arm_trainer.ros.film import Film
from arm_trainer.tasks.reach import Reach
from arm_trainer.training.config import read_settings
from arm_trainer.training.run_folder import RunFolder
from support.processes import executable


def test_nine_of_ten_unseen_targets_are_reached_and_filmed(
    trained_run: Path, tmp_path: Path
) -> None:
    film = Film(10.0)
    interface = PolicyInterface(
        Reach(load_robot(), read_settings(RunFolder.open(trained_run).settings).task_config)
    )
    trials, report = run_deployed(
        interface,
        trained_run,
        RobotSource(),
        20,
        threading.Event(),
        simulator=SimConfig().replace(realtime_factor=2.0, image={"quality": "high"}),
        camera="front_camera",
        on_image=film.add,
    )
    assert len(trials) == 20
    assert int(report["commands"]) > 100
    assert sum(trial.success for trial in trials) >= 18
    assert len({tuple(trial.target) for trial in trials}) == 20
    film.write(tmp_path / "film.gif")
    with Image.open(tmp_path / "film.gif") as picture:
        assert picture.n_frames > 50
        first = np.asarray(picture.convert("RGB"), dtype=int)
        picture.seek(picture.n_frames // 2)
        assert np.abs(np.asarray(picture.convert("RGB"), dtype=int) - first).max() > 100


def test_evaluate_goes_through_the_controller_and_under_latency(
    trained_run: Path, tmp_path: Path
) -> None:
    run = shutil.copytree(trained_run, tmp_path / "run")

    def evaluate(*arguments: object) -> str:
        command = [executable("evaluate"), run, *map(str, arguments)]
        done = subprocess.run(command, capture_output=True, text=True, timeout=100)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    said = evaluate("--deployed", "--episodes", 5, "--output", tmp_path / "deployed.csv")
    lines = said.splitlines()
    assert lines[0].startswith("Success in a row ") and "of 5 targets, without a reset" in lines[0]
    assert lines[1].startswith("From fresh starts ")  # As the training found it.
    assert "jitter" in lines[-1] and len(lines) <= 4
    assert "commands" in json.loads((tmp_path / "deployed.json").read_text())["controller"]
    assert len((tmp_path / "deployed.csv").read_text().splitlines()) == 6
    evaluate("--latency", "0,300", "--episodes", 50)
    rows = [row.split(",") for row in (run / "latency.csv").read_text().splitlines()[1:]]
    assert (run / "latency.csv").read_text().startswith("latency,success_in_a_row,")
    assert [float(row[0]) for row in rows] == [0.0, 0.3]
    assert float(rows[0][1]) > 0.9 > float(rows[1][1])
    with Image.open(run / "latency.png") as picture:
        assert picture.size[0] > 500


@pytest.mark.parametrize("given", ["", "fast", "-1", "0,2000"])
def test_a_wrong_latency_is_one_sentence(trained_run: Path, given: str) -> None:
    with pytest.raises(UserError, match=r"--latency.*0 to 1000 ms"):
        run_evaluation([str(trained_run), f"--latency={given}"], threading.Event())


def test_any_checkpoint_is_exported_and_checked(trained_run: Path, tmp_path: Path) -> None:
    command = [executable("export"), trained_run, "--checkpoint=20000"]
    command += ["--output", tmp_path / "bundle"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=100)
    assert done.returncode == 0, done.stderr
    assert "Actions differ from PyTorch's by at most" in done.stdout
    policy = Policy(tmp_path / "bundle")
    assert policy.description.training["checkpoint"] == "20000"
    policy.interface_for(load_robot())
    with pytest.raises(UserError, match=r"no checkpoint '5' \(valid: best, final, 10000, "):
        run_export([str(trained_run), "--checkpoint=5"])


def test_a_mistake_is_found_before_the_demo_begins(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(UserError, match="--steps is 0; it must be at least 1"):
        run_demo(["--steps=0"], threading.Event())
    assert not capsys.readouterr().out
