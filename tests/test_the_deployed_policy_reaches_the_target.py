import threading
from pathlib import Path

import numpy as np
from PIL import Image

from arm_trainer.demo_node import Film, deploy
from arm_trainer.run_folder import RunFolder


def test_nine_of_ten_unseen_targets_are_reached_and_filmed(
    trained_run: Path, tmp_path: Path
) -> None:
    film = Film()
    trials = deploy(RunFolder.open(trained_run), 20, 2.0, film, threading.Event())
    assert len(trials) == 20
    assert sum(trial.success for trial in trials) >= 18
    assert len({tuple(trial.target) for trial in trials}) == 20
    film.write(tmp_path / "film.gif")
    with Image.open(tmp_path / "film.gif") as picture:
        assert picture.n_frames > 50
        first = np.asarray(picture.convert("RGB"), dtype=int)
        picture.seek(picture.n_frames // 2)
        assert np.abs(np.asarray(picture.convert("RGB"), dtype=int) - first).max() > 100
