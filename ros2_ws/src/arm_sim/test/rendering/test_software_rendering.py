"""Mesa draws on the calling thread, where a program asks for it."""

import os
import subprocess
import sys

import pytest

from arm_sim.rendering.software_rendering import (
    render_on_calling_thread,
    render_small_images_on_calling_thread,
)


def test_the_programs_choice_is_set_and_the_users_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("LP_NUM_THREADS", raising=False)
    render_on_calling_thread()
    assert os.environ["LP_NUM_THREADS"] == "0"
    monkeypatch.setenv("LP_NUM_THREADS", "3")
    render_on_calling_thread()
    assert os.environ["LP_NUM_THREADS"] == "3"


@pytest.mark.parametrize(
    ("size", "found"), [((64, 128), "0"), ((64, 129), None), ((320, 64), None)]
)
def test_only_small_images_are_drawn_on_the_calling_thread(
    monkeypatch: pytest.MonkeyPatch, size: tuple[int, int], found: str | None
) -> None:
    monkeypatch.setenv("LP_NUM_THREADS", "")  # So that it is restored.
    monkeypatch.delenv("LP_NUM_THREADS")
    render_small_images_on_calling_thread(*size)
    assert os.environ.get("LP_NUM_THREADS") == found


def test_an_import_changes_no_environment_variable() -> None:
    check = (
        "import os; before = dict(os.environ); "
        "import arm_sim.rendering.camera_worker_pool, arm_sim.simulation.simulation; "
        "assert dict(os.environ) == before"
    )
    environment = {name: os.environ[name] for name in os.environ if name != "LP_NUM_THREADS"}
    subprocess.run([sys.executable, "-c", check], check=True, timeout=60, env=environment)
