"""A machine of stand-ins on which the Docker scripts run: no Docker and no GPU are needed.

A stand-in answers, or fails, as the real command does.
"""

import shutil
import subprocess
from pathlib import Path

from support.processes import ROOT

# System commands that the scripts use; nothing else is on their PATH.
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
# Writes its command lines to $CALLS; fails at the steps that $FAILS names.
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


class DockerMachine:
    """A copy of the project's docker/ and a folder of executables that is all of its PATH.

    Attributes:
        folder: Holds both: `project/docker` and `bin`.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        shutil.copytree(ROOT / "docker", folder / "project" / "docker")
        (folder / "bin").mkdir()
        for tool in TOOLS:
            (folder / "bin" / tool).symlink_to(str(shutil.which(tool)))
        for name, body in (
            ("nvidia-smi", NVIDIA_SMI),
            ("nvidia-ctk", NVIDIA_CTK),
            ("docker", DOCKER),
        ):
            self.stand_in(name, body)

    def stand_in(self, name: str, body: str) -> None:
        """Adds or replaces an executable, a shell script."""
        path = self.folder / "bin" / name
        path.write_text(f"#!/bin/sh\n{body}")
        path.chmod(0o755)

    def remove(self, name: str) -> None:
        """Removes an executable."""
        (self.folder / "bin" / name).unlink()

    def run(self, script: str, *arguments: str, fails: str = "") -> tuple[int, str]:
        """Runs a script of docker/, and returns its exit code and output.

        Args:
            script: Its name.
            arguments: Its arguments.
            fails: Which of docker's commands fail; see `DOCKER`.
        """
        environment = {
            "PATH": str(self.folder / "bin"),
            "CALLS": str(self.folder / "calls"),
            "FAILS": fails,
            "SUDO_UID": "4321",  # Counts where the tests run as root.
            "SUDO_GID": "4321",
        }
        done = subprocess.run(
            [self.folder / "project" / "docker" / script, *arguments],
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=60,
        )
        return done.returncode, done.stdout

    @property
    def calls(self) -> str:
        """The command lines with which docker was called, one a line."""
        file = self.folder / "calls"
        return file.read_text() if file.exists() else ""
