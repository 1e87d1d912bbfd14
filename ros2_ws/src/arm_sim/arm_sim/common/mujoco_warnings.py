"""Keeps MuJoCo's warnings off the terminal and out of the working folder."""

import warnings
from collections.abc import Iterator
from contextlib import contextmanager

import mujoco


@contextmanager
def quiet_mujoco() -> Iterator[None]:
    """Drops MuJoCo's warnings for the duration, for instance of a simulation that may diverge.

    Otherwise it prints them and appends them to MUJOCO_LOG.TXT in the working folder.
    """
    before = mujoco.get_mju_user_warning()
    mujoco.set_mju_user_warning(lambda _message: None)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        mujoco.set_mju_user_warning(before)
