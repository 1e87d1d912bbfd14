"""start_gpu_training.sh checks, builds and starts, or says what to do about what is missing."""

import os
from pathlib import Path

import pytest

from support.docker_machine import NVIDIA_SMI, DockerMachine

START = "start_gpu_training.sh"


@pytest.fixture
def machine(tmp_path: Path) -> DockerMachine:
    return DockerMachine(tmp_path)


@pytest.mark.parametrize("script", ["start_gpu_training.sh", "gpu_training_status.sh"])
def test_help_and_a_wrong_option_do_nothing_else(machine: DockerMachine, script: str) -> None:
    code, output = machine.run(script, "--help")
    assert code == 0 and output.startswith(f"usage: docker/{script}")
    code, output = machine.run(script, "--wrong")
    assert code == 2 and output.startswith("usage:")
    assert not machine.calls


def test_start_checks_builds_starts_looks_inside_and_says_how_to_train(
    machine: DockerMachine,
) -> None:
    code, output = machine.run(START)
    assert code == 0, output
    for line in (
        "✓ driver: NVIDIA Orion, 580.65",
        "✓ CUDA: the driver supports 13.0",
        "✓ Docker: Docker version 28.1.1",
        "✓ container toolkit: NVIDIA Container Toolkit CLI",
        "✓ image: built",
        "✓ TensorBoard: http://127.0.0.1:6006",
        "✓ GPU inside: NVIDIA Orion, PyTorch 2.13.0 with CUDA 13.0",
        "gpu ./arm train --algorithm PPO --steps 100000",
    ):
        assert line in output
    done = [line for line in machine.calls.splitlines() if "-f docker/compose.yaml" in line]
    assert [line.split()[6] for line in done] == ["build", "up", "run"]
    assert "./arm" not in machine.calls  # It prints the training commands; it runs none.
    uid, gid = ("4321", "4321") if os.getuid() == 0 else (str(os.getuid()), str(os.getgid()))
    assert all(line.startswith(f"{uid} {gid} ") for line in done)
    assert (machine.folder / "project" / "logs").stat().st_uid == int(uid)


@pytest.mark.parametrize(
    ("missing", "wrong", "to_do"),
    [
        ("nvidia-smi", "no NVIDIA driver", "Install the driver"),
        ("docker", "no Docker", "Install Docker Engine"),
        ("nvidia-ctk", "no NVIDIA container toolkit", "nvidia-ctk runtime configure"),
    ],
)
def test_start_says_what_to_install(
    machine: DockerMachine, missing: str, wrong: str, to_do: str
) -> None:
    machine.remove(missing)
    code, output = machine.run(START)
    assert code == 1
    assert f"✗ There is {wrong}" in output and to_do in output.partition("  → ")[2]
    assert " build " not in machine.calls


@pytest.mark.parametrize(
    ("fails", "wrong", "to_do"),
    [
        ("info", "engine does not answer: Cannot connect", "usermod -aG docker"),
        ("plugin", "no Compose plugin", "docker-compose-plugin"),
        ("build", "image could not be built", "docker system prune"),
        ("start", "TensorBoard could not be started", "sport = :6006"),
        ("inside", "GPU can't be used inside", "nvidia-ctk runtime configure"),
    ],
)
def test_start_says_what_to_do_when_docker_fails(
    machine: DockerMachine, fails: str, wrong: str, to_do: str
) -> None:
    code, output = machine.run(START, fails=fails)
    assert code == 1
    assert wrong in output and to_do in output.partition("  → ")[2]
    assert "Train (" not in output


@pytest.mark.parametrize(
    ("body", "wrong", "to_do"),
    [
        ('echo "Driver/library version mismatch"; exit 18', "mismatch", "Restart"),
        (NVIDIA_SMI.replace("13.0", "12.4"), "CUDA up to 12.4", "Update the driver to 580"),
    ],
)
def test_start_says_what_to_do_about_the_driver(
    machine: DockerMachine, body: str, wrong: str, to_do: str
) -> None:
    machine.stand_in("nvidia-smi", body)
    code, output = machine.run(START)
    assert code == 1
    assert wrong in output and to_do in output.partition("  → ")[2]
    assert not machine.calls


@pytest.mark.parametrize(
    "header", ["CUDA Version : 13.10", "CUDA UMD Version: 14.0", "no such word"]
)
def test_start_goes_on_with_other_wordings_of_the_cuda_version(
    machine: DockerMachine, header: str
) -> None:
    machine.stand_in("nvidia-smi", NVIDIA_SMI.replace("CUDA Version: 13.0", header))
    code, output = machine.run(START)
    assert code == 0, output
