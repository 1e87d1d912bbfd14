"""Starts installed executables as processes, reads their output, and ends them."""

import os
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


def executable(name: str) -> Path:
    """The path of an installed executable of the packages."""
    (path,) = (ROOT / "ros2_ws" / "install").glob(f"arm_*/lib/arm_*/{name}")
    return path


class Process:
    """A process started by a test; its output goes to a temporary file."""

    def __init__(self, command: list[str], environment: dict[str, str], cwd: Path) -> None:
        self.command = command
        self._file = tempfile.TemporaryFile()  # noqa: SIM115 (closed by `close`)
        self.popen = subprocess.Popen(
            command,
            env={**os.environ, **environment},
            cwd=cwd,
            stdin=subprocess.DEVNULL,
            stdout=self._file,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )

    @property
    def output(self) -> str:
        """All that it has printed so far, on stdout and stderr."""
        return os.pread(self._file.fileno(), 10_000_000, 0).decode(errors="replace")

    def wait(self, timeout: float) -> int:
        """Returns the exit code; fails the test if the process is still running after `timeout`."""
        try:
            return self.popen.wait(timeout)
        except subprocess.TimeoutExpired:
            pytest.fail(f"{self.command} still runs after {timeout} s; it printed:\n{self.output}")

    def end(self, number: int = signal.SIGINT, timeout: float = 5.0) -> int:
        """Sends a signal and returns the exit code."""
        self.popen.send_signal(number)
        return self.wait(timeout)

    def wait_for(self, text: str, timeout: float = 30.0, after: int = 0) -> None:
        """Waits until the output contains `text`, not counting its first `after` characters."""
        deadline = time.monotonic() + timeout
        while text not in self.output[after:]:
            assert self.popen.poll() is None, f"{self.command} ended; it printed:\n{self.output}"
            assert time.monotonic() < deadline, f"no '{text}' in:\n{self.output}"
            time.sleep(0.02)

    def close(self) -> None:
        """Kills the process if it is still running."""
        if self.popen.poll() is None:
            self.popen.kill()
            self.popen.wait()
        self._file.close()


Start = Callable[..., Process]


@contextmanager
def starting(domain_id: int, folder: Path) -> Iterator[Start]:
    """Yields a function that starts installed executables in a ROS domain; kills them at the end.

    `start("sim_node", "--help")` gives arguments, `start("sim_node", mode="lockstep")` parameters;
    `remap={"joint_states": "others"}` renames topics.
    """
    processes: list[Process] = []

    def run(
        name: str, *arguments: object, remap: Mapping[str, str] | None = None, **parameters: object
    ) -> Process:
        command = [str(executable(name)), *map(str, arguments)]
        if remap or parameters:
            command += ["--ros-args"]
        for key, value in parameters.items():
            command += ["-p", f"{key}:={value}"]
        for old, new in (remap or {}).items():
            command += ["-r", f"{old}:={new}"]
        process = Process(command, {"ROS_DOMAIN_ID": str(domain_id)}, folder)
        processes.append(process)
        return process

    try:
        yield run
    finally:
        for process in processes:
            process.close()
