"""A training that fills the disk says so, and leaves no half-written file."""

import subprocess
import zipfile
from pathlib import Path

import pytest

from support.processes import Start
from support.trainings import evaluation_rows, quick_settings, the_run


def test_a_full_disk_is_one_sentence_and_spoils_nothing(start: Start, tmp_path: Path) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=700k", "tmpfs", str(disk)]
    if subprocess.run(mount, capture_output=True).returncode:
        pytest.skip("this user can't mount a small disk to fill")
    settings = quick_settings(tmp_path, interval=1000, episodes=5)
    try:
        training = start("train", "--steps", 100_000, "--settings", settings, "--log-dir", disk)
        assert training.wait(120) == 2
        assert "Traceback" not in training.output
        assert "No space left on device" in training.output.splitlines()[-1]
        run = the_run(disk)
        assert run.checkpoints()
        for file in run.path.rglob("*.zip"):
            assert zipfile.ZipFile(file).testzip() is None
        assert evaluation_rows(run)
    finally:
        subprocess.run(["umount", str(disk)], check=True)
