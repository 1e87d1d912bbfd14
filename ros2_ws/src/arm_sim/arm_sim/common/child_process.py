"""ChildProcess: a process that is terminated when this one ends, for whatever reason."""

import atexit
import ctypes
import os
import signal
import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import IO

_PR_SET_PDEATHSIG = 1  # From Linux's sys/prctl.h.
_LIBC = ctypes.CDLL(None)  # Loaded here, as little is safe between fork and exec.
_TAIL_BYTES = 10_000


class ChildProcess:
    """A child process in a session of its own, so Ctrl-C in a terminal does not reach it.

    It gets SIGTERM when the thread that started it ends, even if by SIGKILL (Linux's
    PR_SET_PDEATHSIG).

    Attributes:
        process: The running or ended process.
    """

    def __init__(
        self, command: list[str], environment: Mapping[str, str], log: Path | None = None
    ) -> None:
        """Starts the process.

        Args:
            command: Program and arguments.
            environment: Variables to set in addition to this process's.
            log: File that its output is written to; None for a temporary one.
        """
        self._output: IO[bytes] = tempfile.TemporaryFile() if log is None else log.open("w+b")  # noqa: SIM115
        parent = os.getpid()

        def die_with_parent() -> None:
            _LIBC.prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
            if os.getppid() != parent:  # The parent has ended before prctl was called.
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
        """Returns the last lines of its standard output and error, joined by ' / '."""
        size = os.fstat(self._output.fileno()).st_size
        tail = os.pread(self._output.fileno(), _TAIL_BYTES, max(0, size - _TAIL_BYTES))
        written = tail.decode(errors="replace").replace("\r", "\n").strip().splitlines()
        return " / ".join(written[-lines:]) or "nothing"

    def exit_reason(self) -> str | None:
        """Returns the exit code and the last lines of output, or None while it runs."""
        code = self.process.poll()
        return None if code is None else f"exit code {code}; last output: {self.output_tail()}"

    def close(self, timeout: float = 5.0) -> None:
        """Terminates the process, with SIGKILL after `timeout` s; may be called twice."""
        atexit.unregister(self.close)
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(timeout)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        self._output.close()
