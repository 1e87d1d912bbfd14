"""Runs a command on many command lines in one process, and notes whether it executes anything.

usage: guarded_commands.py MODULE:FUNCTION RESULTS < COMMAND_LINES

MODULE:FUNCTION is the command's entry point; COMMAND_LINES is a JSON list of lists of words. For
each of them a JSON line is appended to the file RESULTS: exit code, output, and suspicious events.
Modules are imported, and validators compiled, by the first one; so leave its events out of account.
"""

import importlib
import json
import os
import pickle
import sys
import tempfile
from pathlib import Path
from typing import Any

# Python's audit events (PEP 578) that turn data into running code, or start another program.
_EXECUTION = {
    "ctypes.dlopen",
    "marshal.loads",
    "os.exec",
    "os.fork",
    "os.forkpty",
    "os.posix_spawn",
    "os.system",
    "pickle.find_class",
    "subprocess.Popen",
}
_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND


class ExecutionGuard:
    """Notes events that execute something or open a file for writing, while it is active.

    Attributes:
        active: Whether events are noted; an audit hook itself stays until the process ends.
        events: The events, as text.
    """

    def __init__(self) -> None:
        self.active = False
        self.events: list[str] = []
        sys.addaudithook(self._on_event)

    def _on_event(self, event: str, arguments: tuple[Any, ...]) -> None:
        if self.active and self._is_suspicious(event, arguments):
            self.events.append(f"{event} {arguments!r:.200}")

    @staticmethod
    def _is_suspicious(event: str, arguments: tuple[Any, ...]) -> bool:
        if event == "compile":
            # A module is compiled from its file; what `eval` is given has none.
            return not os.path.exists(os.fsdecode(arguments[1] or ""))
        if event == "open":
            return bool((arguments[2] or 0) & _WRITING)
        return event in _EXECUTION


def unpickle() -> None:
    """Does what no command may do with a bundle, so that a test can show that it is noticed."""
    with open(sys.argv[1], "rb") as file:
        pickle.load(file).close()
    sys.exit(0)


def _run(command: Any, words: list[str], guard: ExecutionGuard) -> dict[str, Any]:
    """Runs a command line as if it were a process of its own."""
    sys.argv = words
    guard.events.clear()
    # Of the whole process: ONNX Runtime writes to stderr by itself.
    kept = {descriptor: os.dup(descriptor) for descriptor in (1, 2)}
    with tempfile.TemporaryFile() as output:
        for descriptor in kept:
            os.dup2(output.fileno(), descriptor)
        guard.active = True
        try:
            code = command()
        except SystemExit as ended:
            code = ended.code
        finally:
            guard.active = False
            sys.stdout.flush()
            sys.stderr.flush()
            for descriptor, copy in kept.items():
                os.dup2(copy, descriptor)
                os.close(copy)
        output.seek(0)
        text = output.read().decode(errors="replace")
    return {"code": code, "output": text, "events": list(guard.events)}


def main() -> None:
    """Runs the command lines."""
    module, _, function = sys.argv[1].partition(":")
    results = Path(sys.argv[2])
    command = getattr(importlib.import_module(module), function)
    guard = ExecutionGuard()
    for words in json.load(sys.stdin):
        result = _run(command, words, guard)
        with results.open("a") as file:
            file.write(json.dumps(result) + "\n")


if __name__ == "__main__":
    main()
