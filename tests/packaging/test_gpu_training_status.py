"""gpu_training_status.sh shows GPU, containers and runs, also where some of them are missing."""

import os
from pathlib import Path

import pytest

from support.docker_machine import DockerMachine

FIGURES = "success_in_a_row,success_in_a_row_lower,success_in_a_row_upper,targets_in_a_row"


@pytest.fixture
def machine(tmp_path: Path) -> DockerMachine:
    return DockerMachine(tmp_path)


def status(machine: DockerMachine, *arguments: str, fails: str = "") -> str:
    code, output = machine.run("gpu_training_status.sh", *arguments, fails=fails)
    assert code == 0, output
    assert "Quick commands" in output
    return output


def run_folder(path: Path, rows: list[str], *files: str) -> None:
    path.mkdir(parents=True)
    (path / "settings.yaml").write_text("algorithm: ppo\n")
    header = f"steps,{FIGURES},time_to_reach,mean_distance,mean_return"
    (path / "evaluations.csv").write_text("\n".join([header, *rows, ""]))
    for file in files:
        (path / file).parent.mkdir(exist_ok=True)
        (path / file).touch()


def test_status_shows_system_gpu_containers_and_runs(machine: DockerMachine) -> None:
    runs = machine.folder / "project" / "logs" / "fetch_arm"
    run_folder(
        runs / "ppo_1",
        ["90000,0.5,0.4,0.6,10,nan,0.3,-104.1", "100352,0.98,0.93,0.9944,10,0.7,0.01,-9.1"],
        *("arm_ppo_final.zip", "checkpoints/arm_ppo_90000_steps.zip"),
        "checkpoints/arm_ppo_100000_steps.zip",
    )
    run_folder(runs / "compare_1" / "sac_seed_0" / "fetch_arm" / "sac_1", [])
    os.utime(runs / "ppo_1" / "settings.yaml", (0, 0))
    output = status(machine)
    assert "12 % busy, 900 MiB of 24576 MiB, 41 °C, driver 580.65" in output
    assert "arm-gpu-run-1: Up 2 minutes, ./arm train" in output
    assert "checkpoint arm_ppo_100000_steps.zip" in output
    assert "success in a row 98.0% (93.0% to 99.4%) after 100352 steps" in output
    assert "unfinished, written" in output and "not evaluated yet" in output
    run_in_docker = "docker compose -f docker/compose.yaml run --rm gpu ./arm"
    unfinished = "logs/fetch_arm/compare_1/sac_seed_0/fetch_arm/sac_1"
    assert f"{run_in_docker} train --resume {unfinished}" in output
    assert f"{run_in_docker} evaluate logs/fetch_arm/ppo_1" in output


def test_status_knows_vision_policies(machine: DockerMachine) -> None:
    run = machine.folder / "project" / "logs" / "fetch_arm" / "ppo_1"
    run_folder(run, [], "policy/policy.json")
    table = f"epoch,error,{FIGURES}\n4,0.0049,0.99,0.95,0.998,10\n"
    (run / "evaluations.csv").write_text(table)
    run_folder(run / "teacher", [], "arm_ppo_final.zip", "checkpoints/arm_ppo_90000_steps.zip")
    output = status(machine)
    assert "finished, written" in output and "unfinished" not in output
    assert "checkpoint arm_ppo_90000_steps.zip" in output
    assert "success in a row 99.0% (95.0% to 99.8%) after epoch 4" in output
    assert "ppo_1/teacher" not in output
    (run / "policy" / "policy.json").unlink()
    assert "train --resume logs/fetch_arm/ppo_1" in status(machine)


def test_status_says_what_an_older_run_lacks(machine: DockerMachine) -> None:
    run = machine.folder / "project" / "logs" / "fetch_arm" / "ppo_1"
    run_folder(run, [])
    (run / "evaluations.csv").write_text("steps,success\n5000,0.9\n")
    assert "success in a row unknown: an older version wrote evaluations.csv" in status(machine)


def test_status_lists_the_newest_run_first(machine: DockerMachine) -> None:
    runs = machine.folder / "elsewhere"
    for age, name in enumerate(["new", "old", "middle"]):
        run_folder(runs / name, [])
        for file in (runs / name).iterdir():
            os.utime(file, (1e9 - (0, 2, 1)[age], 1e9 - (0, 2, 1)[age]))
    output = status(machine, str(runs))
    places = [output.index(f"{runs}/{name}") for name in ("new", "middle", "old")]
    assert places == sorted(places)


@pytest.mark.parametrize(
    ("missing", "says"),
    [
        ("nvidia-smi", "nvidia-smi is missing; docker/start_gpu_training.sh explains"),
        ("docker", "docker is missing; the commands below are for this host"),
    ],
)
def test_status_works_without(machine: DockerMachine, missing: str, says: str) -> None:
    machine.remove(missing)
    assert says in status(machine)


def test_status_says_what_does_not_answer(machine: DockerMachine) -> None:
    machine.stand_in("nvidia-smi", 'echo "Driver/library version mismatch"; exit 18')
    machine.stand_in("docker", 'echo "Cannot connect to the Docker daemon" >&2; exit 1')
    output = status(machine)
    assert "nvidia-smi fails: Driver/library version mismatch" in output
    assert "engine does not answer: Cannot connect" in output
    assert "train        ./arm train --algorithm PPO" in output


def test_status_without_runs_says_how_to_start_one(machine: DockerMachine) -> None:
    assert "start one with: docker compose" in status(machine)
