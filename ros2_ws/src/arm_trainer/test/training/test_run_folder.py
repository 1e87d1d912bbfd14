"""Runs get folders of their own, are found again with their checkpoints, and are trained once."""

import subprocess
import sys
import threading
from datetime import datetime
from pathlib import Path

import pytest

from arm_sim.common.atomic_files import write_text
from arm_sim.common.errors import UserError
from arm_trainer.algorithms.registry import ALGORITHMS
from arm_trainer.training import run_folder
from arm_trainer.training.run_folder import RunFolder


def everything(folder: Path) -> list[str]:
    return sorted(str(found.relative_to(folder)) for found in folder.rglob("*"))


@pytest.fixture
def stopped_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    class Stopped(datetime):
        @classmethod
        def now(cls, tz: object = None) -> "Stopped":
            return cls(2025, 12, 3, 10, 30, 45)

    monkeypatch.setattr(run_folder, "datetime", Stopped)


@pytest.mark.usefixtures("stopped_clock")
def test_runs_of_the_same_second_get_folders_of_their_own(tmp_path: Path) -> None:
    runs = [RunFolder.create(tmp_path, "fetch_arm", "ppo") for _ in range(3)]
    assert [str(run.path.relative_to(tmp_path)) for run in runs] == [
        "fetch_arm/ppo_20251203_103045",
        "fetch_arm/ppo_20251203_103045_2",
        "fetch_arm/ppo_20251203_103045_3",
    ]
    assert all(run.path.is_dir() and run.algorithm == "ppo" for run in runs)


@pytest.mark.usefixtures("stopped_clock")
def test_runs_created_at_once_get_folders_of_their_own(tmp_path: Path) -> None:
    paths: list[Path] = []
    start = threading.Barrier(8)

    def create() -> None:
        start.wait()
        for _ in range(5):
            paths.append(RunFolder.create(tmp_path, "fetch_arm", "sac").path)

    threads = [threading.Thread(target=create) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(paths)) == 40


def test_a_run_that_cannot_be_made_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "logs").write_text("a file")
    with pytest.raises(UserError, match="Can't make the run folder"):
        RunFolder.create(tmp_path / "logs", "fetch_arm", "ppo")


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_a_run_is_opened_as_it_was_created(tmp_path: Path, algorithm: str) -> None:
    run = RunFolder.create(tmp_path, "fetch_arm", algorithm)
    write_text(run.settings, f"algorithm: {algorithm}\n")
    opened = RunFolder.open(run.path)
    assert (opened.path, opened.algorithm) == (run.path, algorithm)


@pytest.mark.parametrize("kind", ["nothing", "an empty folder", "a file"])
def test_what_is_no_run_is_one_sentence(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "ppo_20251203_103045"
    if kind == "an empty folder":
        path.mkdir()
    elif kind == "a file":
        path.write_text("x")
    with pytest.raises(UserError, match=r"is not a run: it has no settings\.yaml .*like logs/"):
        RunFolder.open(path)


def test_a_renamed_run_is_opened_as_what_it_is(tmp_path: Path) -> None:
    write_text(tmp_path / "my_best_run" / "settings.yaml", "algorithm: ppo\n")
    assert RunFolder.open(tmp_path / "my_best_run").algorithm == "ppo"


def test_checkpoints_are_in_the_order_of_their_steps(tmp_path: Path) -> None:
    run = RunFolder.create(tmp_path, "fetch_arm", "ppo")
    assert run.checkpoints() == []
    for steps in (10_000, 9_000, 100_000):
        write_text(run.checkpoint(steps), "")
    for name in (
        "arm_a2c_5_steps.zip",
        ".tmp.zip",
        "arm_ppo_x_steps.zip",
        "arm_ppo_7_steps.zip.old.zip",
    ):
        write_text(run.path / "checkpoints" / name, "")
    assert run.checkpoints() == [(n, run.checkpoint(n)) for n in (9_000, 10_000, 100_000)]


def test_files_are_where_the_readme_says(tmp_path: Path) -> None:
    run = RunFolder(tmp_path, "sac")
    names = [
        path.relative_to(tmp_path).as_posix()
        for path in (
            *(run.settings, run.final_model, run.best_model, run.evaluations),
            *(run.curve, run.bundle, run.checkpoint(10_000)),
        )
    ]
    assert names == [
        *("settings.yaml", "arm_sac_final.zip", "best_model.zip", "evaluations.csv"),
        *("curve.png", "policy", "checkpoints/arm_sac_10000_steps.zip"),
    ]


def test_only_one_process_at_a_time_trains_in_a_folder(tmp_path: Path) -> None:
    run = RunFolder.create(tmp_path, "fetch_arm", "ppo")
    program = (
        "import sys; from pathlib import Path\n"
        "from arm_trainer.training.run_folder import RunFolder\n"
        "with RunFolder(Path(sys.argv[1]), 'ppo').locked(): print('locked', flush=True); input()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", program, run.path], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == b"locked\n"
        with pytest.raises(UserError, match="is already being trained by another process"):
            run.locked().__enter__()
        other.kill()
    with run.locked():
        pass
    assert everything(run.path) == []
