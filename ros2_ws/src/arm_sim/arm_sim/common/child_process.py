"""Child processes that end with us, however we end."""

import atexit
import ctypes
import os
import signal
import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import IO

_PR_SET_PDEATHSIG = 1
_LIBC = ctypes.CDLL(None)  # Loaded here: little is safe between fork and exec.


class ChildProcess:
    """A process of ours in a session of its own: a terminal's Ctrl-C reaches us alone."""

    def __init__(
        self, command: list[str], environment: Mapping[str, str], log: Path | None = None
    ) -> None:
        """Starts it.

        Args:
            command: Program and arguments.
            environment: Variables on top of ours.
            log: Where its output goes; None keeps it in a temporary file, for `exit_reason`.
        """
        self._output: IO[bytes] = tempfile.TemporaryFile() if log is None else log.open("w+b")  # noqa: SIM115
        parent = os.getpid()

        def die_with_parent() -> None:
            _LIBC.prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
            if os.getppid() != parent:
                os._exit(1)

        self.process = subprocess.Popen(
            command,
            env={**os.environ, **environment},
            stdin=subprocess.DEVNULL,
            stdout=self._output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            preexec_fn=die_with_parent,
        )
        atexit.register(self.close)

    def output_tail(self, lines: int = 3) -> str:
        """Returns the last lines of its output, joined."""
        size = os.fstat(self._output.fileno()).st_size
        tail = os.pread(self._output.fileno(), 10_000, max(0, size - 10_000))
        said = tail.decode(errors="replace").replace("\r", "\n").strip().splitlines()
        return " / ".join(said[-lines:]) or "nothing"

    def exit_reason(self) -> str | None:
        """Returns why the process has ended, or None while it runs."""
        code = self.process.poll()
        return None if code is None else f"exit code {code}; it said: {self.output_tail()}"

    def close(self, timeout: float = 5.0) -> None:
        """Ends the process, by force after `timeout` s; may be called twice."""
        atexit.unregister(self.close)
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(timeout)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        self._output.close()
