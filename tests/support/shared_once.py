"""Makes something expensive once for all worker processes of pytest-xdist."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from filelock import FileLock


def shared_once(factory: pytest.TempPathFactory, name: str, make: Callable[[Path], object]) -> Path:
    """Returns a path below the run's temporary folder, which `make` is called with if it is absent.

    The other workers wait meanwhile. If `make` fails, the next one tries again.

    Args:
        factory: The worker's.
        name: The path's name.
        make: Makes a file or a folder at the path; tests only read it.
    """
    base = factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        base = base.parent  # Each worker has a folder of its own in that of the run.
    path = base / name
    with FileLock(f"{path}.lock"):
        if not path.exists():
            make(path)
    return path
