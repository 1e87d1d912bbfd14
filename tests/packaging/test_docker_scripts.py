"""The Docker scripts, against stand-ins for `docker`, `nvidia-smi`, `nvidia-ctk`; the files' lint.

Neither Docker nor a GPU is needed: a stand-in answers, or fails, as the real command does.
"""

import os
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml

from support.processes import ROOT

# What the scripts use of the system; nothing else of it is on their PATH.
TOOLS = [
    *("awk", "bash", "cat", "chown", "cut", "date", "df", "dirname", "env", "find", "head", "id"),
    *("mkdir", "nproc", "readlink", "realpath", "sed", "sh", "sort", "tail", "uname"),
]
NVIDIA_SMI = """
case "$*" in
  *,utilization.gpu,*) echo "NVIDIA Orion, 580.65, 12 %, 900 MiB, 24576 MiB, 41" ;;
  *--query-gpu=*) echo "NVIDIA Orion, 580.65" ;;
  *) echo "| NVIDIA-SMI 580.65   Driver Version: 580.65   CUDA Version: 13.0   |" ;;
esac
"""
NVIDIA_CTK = 'echo "NVIDIA Container Toolkit CLI version 1.17.8"'
# Notes its command lines in $CALLS; a line whose words stand in $FAILS fails as it would.
DOCKER = """
echo "$ARM_UID $ARM_GID docker $*" >> "$CALLS"
fails() { case "$FAILS" in *"$1"*) echo "$2" >&2; exit 1 ;; esac; }
case "$*" in
  info) fails info "Cannot connect to the Docker daemon" ;;
  --version) echo "Docker version 28.1.1" ;;
  "compose version") fails plugin "unknown command" ;;
  *" build gpu") fails build "no space left on device" ;;
  *" up -d tensorboard") fails start "address already in use" ;;
  *" run --rm -T gpu python -c "*)
    fails inside "could not select device driver"
    echo "NVIDIA Orion, PyTorch 2.13.0 with CUDA 13.0" ;;
  ps*) echo "arm-gpu-run-1: Up 2 minutes, ./arm train" ;;
esac
"""


@pytest.fixture
def machine(tmp_path: Path) -> Path:
    """A machine with everything: a project with our docker/ and a bin/ that is all of its PATH."""
    shutil.copytree(ROOT / "docker", tmp_path / "project" / "docker")
    (tmp_path / "bin").mkdir()
    for tool in TOOLS:
        (tmp_path / "bin" / tool).symlink_to(str(shutil.which(tool)))
    for name, body in {
        "nvidia-smi": NVIDIA_SMI,
        "nvidia-ctk": NVIDIA_CTK,
        "docker": DOCKER,
    }.items():
        stand_in(tmp_path, name, body)
    return tmp_path


def stand_in(machine: Path, name: str, body: str) -> None:
    path = machine / "bin" / name
    path.write_text(f"#!/bin/sh\n{body}")
    path.chmod(0o755)


def run(machine: Path, script: str, *arguments: str, fails: str = "") -> tuple[int, str]:
    """Returns the exit code and all that was printed."""
    environment = {
        "PATH": str(machine / "bin"),
        "CALLS": str(machine / "calls"),
        "FAILS": fails,
        "SUDO_UID": "4321",  # Counts where the tests run as root.
        "SUDO_GID": "4321",
    }
    done = subprocess.run(
        [machine / "project" / "docker" / script, *arguments],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=60,
    )
    return done.returncode, done.stdout


def start(machine: Path, fails: str = "") -> tuple[int, str]:
    return run(machine, "start_gpu_training.sh", fails=fails)


def status(machine: Path, *arguments: str, fails: str = "") -> str:
    code, output = run(machine, "gpu_training_status.sh", *arguments, fails=fails)
    assert code == 0, output
    assert "Quick commands" in output
    return output


def calls(machine: Path) -> str:
    return (machine / "calls").read_text() if (machine / "calls").exists() else ""


@pytest.mark.parametrize("script", ["start_gpu_training.sh", "gpu_training_status.sh"])
def test_help_and_a_wrong_option_do_nothing_else(machine: Path, script: str) -> None:
    code, output = run(machine, script, "--help")
    assert code == 0 and output.startswith(f"usage: docker/{script}")
    code, output = run(machine, script, "--wrong")
    assert code == 2 and output.startswith("usage:")
    assert not calls(machine)


def test_start_checks_builds_starts_looks_inside_and_says_how_to_train(machine: Path) -> None:
    code, output = start(machine)
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
    done = [line for line in calls(machine).splitlines() if "-f docker/compose.yaml" in line]
    assert [line.split()[6] for line in done] == ["build", "up", "run"]
    assert "./arm" not in calls(machine)  # It prints the training commands; it runs none.
    uid, gid = ("4321", "4321") if os.getuid() == 0 else (str(os.getuid()), str(os.getgid()))
    assert all(line.startswith(f"{uid} {gid} ") for line in done)
    assert (machine / "project" / "logs").stat().st_uid == int(uid)


@pytest.mark.parametrize(
    ("missing", "wrong", "to_do"),
    [
        ("nvidia-smi", "no NVIDIA driver", "Install the driver"),
        ("docker", "no Docker", "Install Docker Engine"),
        ("nvidia-ctk", "no NVIDIA container toolkit", "nvidia-ctk runtime configure"),
    ],
)
def test_start_says_what_to_install(machine: Path, missing: str, wrong: str, to_do: str) -> None:
    (machine / "bin" / missing).unlink()
    code, output = start(machine)
    assert code == 1
    assert f"✗ There is {wrong}" in output and to_do in output.partition("  → ")[2]
    assert " build " not in calls(machine)


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
    machine: Path, fails: str, wrong: str, to_do: str
) -> None:
    code, output = start(machine, fails)
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
    machine: Path, body: str, wrong: str, to_do: str
) -> None:
    stand_in(machine, "nvidia-smi", body)
    code, output = start(machine)
    assert code == 1
    assert wrong in output and to_do in output.partition("  → ")[2]
    assert not calls(machine)


@pytest.mark.parametrize(
    "header", ["CUDA Version : 13.10", "CUDA UMD Version: 14.0", "no such word"]
)
def test_start_goes_on_with_other_wordings_of_the_cuda_version(machine: Path, header: str) -> None:
    stand_in(machine, "nvidia-smi", NVIDIA_SMI.replace("CUDA Version: 13.0", header))
    code, output = start(machine)
    assert code == 0, output


def run_folder(path: Path, rows: list[str], *files: str) -> None:
    path.mkdir(parents=True)
    (path / "settings.yaml").write_text("algorithm: ppo\n")
    header = "steps,success,success_lower,success_upper,time_to_reach,mean_distance,mean_return"
    (path / "evaluations.csv").write_text("\n".join([header, *rows, ""]))
    for file in files:
        (path / file).parent.mkdir(exist_ok=True)
        (path / file).touch()


def test_status_shows_system_gpu_containers_and_runs(machine: Path) -> None:
    runs = machine / "project" / "logs" / "fetch_arm"
    run_folder(
        runs / "ppo_1",
        ["90000,0.5,0.4,0.6,nan,0.3,-104.1", "100352,0.9800,0.9300,0.9944,0.7,0.01,-9.1"],
        *("arm_ppo_final.zip", "checkpoints/arm_ppo_90000_steps.zip"),
        "checkpoints/arm_ppo_100000_steps.zip",
    )
    run_folder(runs / "compare_1" / "sac_seed_0" / "fetch_arm" / "sac_1", [])
    os.utime(runs / "ppo_1" / "settings.yaml", (0, 0))
    output = status(machine)
    assert "12 % busy, 900 MiB of 24576 MiB, 41 °C, driver 580.65" in output
    assert "arm-gpu-run-1: Up 2 minutes, ./arm train" in output
    assert "checkpoint arm_ppo_100000_steps.zip" in output
    assert "success 98.0% (93.0% to 99.4%) after 100352 steps" in output
    assert "unfinished, written" in output and "not evaluated yet" in output
    run_in_docker = "docker compose -f docker/compose.yaml run --rm gpu ./arm"
    unfinished = "logs/fetch_arm/compare_1/sac_seed_0/fetch_arm/sac_1"
    assert f"{run_in_docker} train --resume {unfinished}" in output
    assert f"{run_in_docker} evaluate logs/fetch_arm/ppo_1" in output


def test_status_knows_vision_policies(machine: Path) -> None:
    run = machine / "project" / "logs" / "fetch_arm" / "ppo_1"
    run_folder(run, [], "policy/policy.json")
    table = "epoch,error,success,success_lower,success_upper\n4,0.0049,0.99,0.95,0.998\n"
    (run / "evaluations.csv").write_text(table)
    run_folder(run / "teacher", [], "arm_ppo_final.zip", "checkpoints/arm_ppo_90000_steps.zip")
    output = status(machine)
    assert "finished, written" in output and "unfinished" not in output
    assert "checkpoint arm_ppo_90000_steps.zip" in output
    assert "success 99.0% (95.0% to 99.8%) after epoch 4" in output
    assert "ppo_1/teacher" not in output
    (run / "policy" / "policy.json").unlink()
    assert "train --resume logs/fetch_arm/ppo_1" in status(machine)


def test_status_lists_the_newest_run_first(machine: Path) -> None:
    runs = machine / "elsewhere"
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
def test_status_works_without(machine: Path, missing: str, says: str) -> None:
    (machine / "bin" / missing).unlink()
    assert says in status(machine)


def test_status_says_what_does_not_answer(machine: Path) -> None:
    stand_in(machine, "nvidia-smi", 'echo "Driver/library version mismatch"; exit 18')
    stand_in(machine, "docker", 'echo "Cannot connect to the Docker daemon" >&2; exit 1')
    output = status(machine)
    assert "nvidia-smi fails: Driver/library version mismatch" in output
    assert "engine does not answer: Cannot connect" in output
    assert "train        ./arm train --algorithm PPO" in output


def test_status_without_runs_says_how_to_start_one(machine: Path) -> None:
    assert "start one with: docker compose" in status(machine)


def scripts() -> list[Path]:
    return [
        ROOT / "arm",
        ROOT / ".ci" / "run",
        *(ROOT / "scripts").glob("*.sh"),
        *(ROOT / "docker").glob("*.sh"),
    ]


def test_shellcheck_finds_nothing() -> None:
    if not shutil.which("shellcheck"):
        pytest.skip("shellcheck is not here")
    done = subprocess.run(["shellcheck", *scripts()], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout


def test_hadolint_finds_nothing() -> None:
    if not shutil.which("hadolint"):
        pytest.skip("hadolint is not here")
    done = subprocess.run(["hadolint", ROOT / "Dockerfile"], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout


def test_what_the_dockerfile_copies_exists_and_is_not_ignored() -> None:
    lines = (ROOT / "Dockerfile").read_text().splitlines()
    copies = [line.split()[1:] for line in lines if line.startswith("COPY ")]
    sources = [word for words in copies for word in words[:-1] if not word.startswith("--")]
    assert sources
    kept = (ROOT / ".dockerignore").read_text().splitlines()
    for source in sources:
        assert (ROOT / source).exists(), source
        assert f"!{source}" in kept, source


def test_compose_has_the_profiles_and_keeps_to_this_host() -> None:
    services = yaml.safe_load((ROOT / "docker" / "compose.yaml").read_text())["services"]
    assert set(services) == {"gpu", "headless", "x11", "tensorboard"}
    for name in ("gpu", "headless", "x11"):
        assert services[name]["profiles"] == [name]
        assert services[name]["network_mode"] == services[name]["ipc"] == "host"
        assert "ROS_DOMAIN_ID" in services[name]["environment"]
    (device,) = services["gpu"]["deploy"]["resources"]["reservations"]["devices"]
    assert device["driver"] == "nvidia" and "deploy" not in services["headless"]
    assert services["tensorboard"]["ports"] == ["127.0.0.1:6006:6006"]
    for service in services.values():
        assert any(
            v["target"] == "/opt/arm/logs" for v in service["volumes"] if isinstance(v, dict)
        )
        arguments = service["build"]["args"]
        assert set(arguments) == {"UID", "GID"}
