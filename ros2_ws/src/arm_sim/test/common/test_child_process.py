"""A child process gets its environment, tells why it ended, and never outlives its parent."""

import os
import subprocess
import sys
import time
from pathlib import Path

from arm_sim.common.child_process import ChildProcess

SLEEP = [sys.executable, "-c", "import time; print('started', flush=True); time.sleep(100)"]


def is_running(pid: int) -> bool:
    stat = Path(f"/proc/{pid}/stat")
    return stat.exists() and stat.read_text().rpartition(")")[2].split()[0] != "Z"


def wait_until_ended(pid: int) -> None:
    deadline = time.monotonic() + 20
    while is_running(pid):
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_the_reason_of_its_end_is_the_exit_code_and_the_last_lines_of_output() -> None:
    script = "import os, sys; [print(i) for i in range(9)]; sys.exit(int(os.environ['CODE']))"
    child = ChildProcess([sys.executable, "-c", script], {"CODE": "3"})
    child.process.wait(20)
    assert child.exit_reason() == "exit code 3; last output: 6 / 7 / 8"
    child.close()


def test_closing_ends_it_and_may_be_repeated(tmp_path: Path) -> None:
    child = ChildProcess(SLEEP, {}, tmp_path / "log")
    assert child.exit_reason() is None
    child.close()
    assert child.process.returncode != 0
    child.close()


def test_it_ends_when_its_parent_is_killed() -> None:
    script = (
        "import os, signal; from arm_sim.common.child_process import ChildProcess; "
        f"child = ChildProcess({SLEEP!r}, {{}}); print(child.process.pid, flush=True); "
        "os.kill(os.getpid(), signal.SIGKILL)"
    )
    parent = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, timeout=60, env=os.environ
    )
    wait_until_ended(int(parent.stdout))
