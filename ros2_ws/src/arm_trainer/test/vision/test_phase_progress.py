"""A phase is recorded with its samples, also when it is stopped."""

import threading
from pathlib import Path

import pytest

from arm_sim.common.command import Stopped
from arm_trainer.training.csv_logs import read_rows
from arm_trainer.vision.phase_progress import PhaseProgress


def test_a_stopped_phase_is_recorded_without_samples(tmp_path: Path) -> None:
    stop = threading.Event()
    progress = PhaseProgress(tmp_path / "phases.csv", stop)
    with progress.phase("frames", 10, "sample") as phase:
        phase.advance(10)
        phase.samples = 10
    with pytest.raises(Stopped), progress.phase("encoder", 10, "sample") as phase:
        phase.advance(4, error="1.0 mm")
        stop.set()
        phase.advance(5)
    rows = read_rows(tmp_path / "phases.csv")
    assert [(row["phase"], row["samples"]) for row in rows] == [("frames", "10"), ("encoder", "0")]
