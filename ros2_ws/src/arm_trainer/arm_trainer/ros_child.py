"""Nodes of our own in child processes, in a ROS domain that nobody else uses."""

import atexit
import ctypes
import fcntl
import os
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import IO

from arm_sim.errors import UserError

# Domain IDs up to 101 stay clear of Linux's ephemeral ports (ROS 2 documentation, "The
# ROS_DOMAIN_ID").
_LARGEST_DOMAIN = 101
_PR_SET_PDEATHSIG = 1


class OwnDomain:
    """A ROS domain that no other process of this project holds, nor any on this host uses just now.

    Attributes:
        domain_id: The domain.
    """

    def __init__(self) -> None:
        """Takes the first free domain, from the top.

        Raises:
            UserError: If there is none.
        """
        for domain_id in range(_LARGEST_DOMAIN, 0, -1):
            path = Path(tempfile.gettempdir()) / f"arm_domain_{domain_id}.lock"
            try:
                file = path.open("w")
            except OSError:
                continue  # Another user's.
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                file.close()
                continue
            if _unused(domain_id):
                self.domain_id = domain_id
                self._file = file
                return
            file.close()
        raise UserError("Every ROS domain from 1 to 101 is in use on this host.")

    def release(self) -> None:
        """Gives the domain back."""
        self._file.close()


def _unused(domain_id: int) -> bool:
    # The first participant of a domain listens here (DDSI-RTPS 2.5, 9.6.2.4: PB + DG·domain + d1).
    port = 7400 + 250 * domain_id + 10
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.bind(("", port))
        except OSError:
            return False
    return True


class ChildNode:
    """A node as a child process; it ends with `close`, and with us however we end."""

    def __init__(self, module: str, parameters: Mapping[str, object], domain_id: int) -> None:
        """Starts it.

        Args:
            module: The node's Python module, which has a `main`.
            parameters: The node's ROS parameters.
            domain_id: Its ROS domain.
        """
        self._name = module.rpartition(".")[2]
        self._output: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115 (closed by `close`)
        given = [part for name, value in parameters.items() for part in ("-p", f"{name}:={value}")]
        parent = os.getpid()

        def die_with_parent() -> None:
            ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
            if os.getppid() != parent:
                os._exit(1)

        self.process = subprocess.Popen(
            [sys.executable, "-m", module, "--ros-args", *given],
            env={**os.environ, "ROS_DOMAIN_ID": str(domain_id)},
            stdin=subprocess.DEVNULL,
            stdout=self._output,
            stderr=subprocess.STDOUT,
            start_new_session=True,  # A terminal's Ctrl-C is for us; we end the child ourselves.
            preexec_fn=die_with_parent,
        )
        atexit.register(self.close)

    def why_dead(self) -> str | None:
        """Returns why the node has ended, or None while it runs."""
        code = self.process.poll()
        if code is None:
            return None
        self._output.seek(0)
        lines = self._output.read().decode(errors="replace").strip().splitlines()
        said = " / ".join(lines[-3:]) or "nothing"
        return f"{self._name} ended with exit code {code}; it said: {said}"

    def close(self) -> None:
        """Ends the node; may be called twice."""
        atexit.unregister(self.close)
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(timeout=5.0)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        self._output.close()
