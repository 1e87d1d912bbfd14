"""A CameraRig whose arms are drawn by several processes, for a renderer that draws on the CPU.

Mesa's contexts within one process wait for one another: two threads are slower than one.
"""

import os
import pickle
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from arm_sim.common.arrays import Floats, Ints
from arm_sim.common.errors import UserError
from arm_sim.rendering.camera_rig import CameraRig
from arm_sim.rendering.software_rendering import render_on_calling_thread
from arm_sim.robot.robot import Robot

# Fewer arms than this are not worth a process of their own.
_SMALLEST_SHARE = 4
# So that a helper can hand its frames over while we still draw ours, bytes.
_PIPE = 2**20


class CameraWorkerPool(CameraRig):
    """Draws the first share of the arms, and has helpers draw the others; see `CameraRig`."""

    def __init__(self, robot: Robot, *arguments: Any, num_arms: int, cores: int) -> None:
        """Starts the helpers.

        Args:
            robot: The robot.
            *arguments: Of the `CameraRig`.
            num_arms: Number of arms, N.
            cores: Number of processes to draw in, at most; 0 takes every core.

        Raises:
            UserError: See `CameraRig`.
        """
        self._helpers: list[_Helper] = []
        super().__init__(robot, *arguments)
        cores = cores or len(os.sched_getaffinity(0))
        processes = min(cores, num_arms // _SMALLEST_SHARE) if self.software else 1
        bounds = np.linspace(0, num_arms, max(1, processes) + 1).round().astype(int).tolist()
        self._own = slice(0, bounds[1])
        for first, end in pairwise(bounds[1:]):
            self._helpers.append(_Helper(slice(first, end), partial(CameraRig, robot, *arguments)))

    def render(
        self, positions: Floats, reset_counts: Ints | None = None, time_ns: int = 0
    ) -> dict[str, NDArray[np.uint8]]:
        """See `CameraRig.render`; N is always the same.

        Raises:
            UserError: If a helper has ended.
        """
        if not self._helpers:
            return super().render(positions, reset_counts, time_ns)
        if reset_counts is None:
            reset_counts = np.zeros(len(positions), np.int64)
        for helper in self._helpers:
            helper.ask(positions, reset_counts, time_ns)
        own = super().render(positions[self._own], reset_counts[self._own], time_ns)
        frames = np.empty((len(self.names), len(positions), self.height, self.width, 3), np.uint8)
        for camera, image in zip(frames, own.values(), strict=True):
            camera[self._own] = image.reshape(-1, *camera.shape[1:])
        for helper in self._helpers:
            frames[:, helper.share] = helper.answer(frames[:, helper.share].shape)
        stacked = frames.reshape(len(self.names), -1, self.width, 3)
        return dict(zip(self.names, stacked, strict=True))

    def close(self) -> None:
        """Ends the helpers and frees the OpenGL context; may be called twice."""
        for helper in self._helpers:
            helper.close()
        super().close()


class _Helper:
    """Another process that draws some of the arms."""

    def __init__(self, share: slice, make_rig: Callable[..., CameraRig]) -> None:
        self.share = share
        self._process = subprocess.Popen(
            [sys.executable, "-m", "arm_sim.rendering.camera_worker_pool"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            pipesize=_PIPE,
            start_new_session=True,  # A terminal's Ctrl-C is for us alone.
        )
        self._send((make_rig, share.start))

    def ask(self, positions: Floats, reset_counts: Ints, time_ns: int) -> None:
        self._send((positions[self.share], reset_counts[self.share], time_ns))

    def answer(self, shape: tuple[int, ...]) -> NDArray[np.uint8]:
        frames = np.empty(shape, np.uint8)
        assert self._process.stdout is not None
        if self._process.stdout.readinto(frames.data.cast("B")) < frames.nbytes:  # type: ignore[attr-defined]
            raise UserError("A process that draws cameras has ended by itself.")
        return frames

    def close(self) -> None:
        with suppress(BrokenPipeError), self._process:
            pass  # Closes its input, by which it ends, and waits for that.

    def _send(self, message: Any) -> None:
        assert self._process.stdin is not None
        try:
            pickle.dump(message, self._process.stdin)
            self._process.stdin.flush()
        except BrokenPipeError:
            raise UserError("A process that draws cameras has ended by itself.") from None


def _help() -> None:
    """Draws what comes in as positions, until nothing more can come."""
    frames_out = os.fdopen(os.dup(1), "wb")
    render_on_calling_thread()
    os.dup2(2, 1)  # Whatever prints must not end up among the frames.
    make_rig, first_arm = pickle.load(sys.stdin.buffer)
    rig = make_rig(first_arm=first_arm)
    while True:
        try:
            wanted = pickle.load(sys.stdin.buffer)
        except EOFError:
            break
        for image in rig.render(*wanted).values():
            frames_out.write(image.data)
        frames_out.flush()
    rig.close()


if __name__ == "__main__":
    _help()
