"""CameraWorkerPool: a CameraRig that uses several processes where the CPU renders.

Not several threads: the OpenGL contexts of Mesa (the renderer on the CPU) in one process wait for
each other, so that two threads are slower than one.
"""

import os
import pickle
import subprocess
import sys
from contextlib import suppress
from functools import partial
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from arm_sim.common.arrays import Floats, Ints
from arm_sim.common.errors import UserError
from arm_sim.rendering.camera_rig import CameraRig
from arm_sim.rendering.software_rendering import render_small_images_on_calling_thread
from arm_sim.robot.appearance_config import Appearance
from arm_sim.robot.robot import Robot

# A process for fewer arms than this costs more than it saves.
_FEWEST_ARMS = 4
# Size of the pipe in bytes, so that a worker can send frames while this process still renders.
_PIPE = 2**20


class CameraWorkerPool(CameraRig):
    """Renders the first arms itself and the others in worker processes; see `CameraRig`."""

    def __init__(
        self,
        robot: Robot,
        names: tuple[str, ...],
        width: int,
        height: int,
        quality: str = "fast",
        appearance: Appearance | None = None,
        *,
        num_arms: int,
        cores: int,
    ) -> None:
        """Starts the workers.

        Args:
            robot: See `CameraRig`.
            names: See `CameraRig`.
            width: See `CameraRig`.
            height: See `CameraRig`.
            quality: See `CameraRig`.
            appearance: See `CameraRig`.
            num_arms: Number of arms, N.
            cores: Largest number of processes, this one included; 0 for one on every core.

        Raises:
            UserError: See `CameraRig`.
        """
        self._workers: list[_Worker] = []
        super().__init__(robot, names, width, height, quality, appearance)
        cores = cores or len(os.sched_getaffinity(0))
        processes = min(cores, num_arms // _FEWEST_ARMS) if self.software else 1
        bounds = np.linspace(0, num_arms, max(1, processes) + 1).round().astype(int).tolist()
        self._own_arms = slice(0, bounds[1])
        for first, end in pairwise(bounds[1:]):
            make_rig = partial(CameraRig, robot, names, width, height, quality, appearance, first)
            self._workers.append(_Worker(slice(first, end), (make_rig, width, height)))

    def render(
        self, drawn: Floats, reset_counts: Ints | None = None, time_ns: int = 0
    ) -> dict[str, NDArray[np.uint8]]:
        """See `CameraRig.render`; N is the same in every call.

        Raises:
            UserError: If a worker has ended.
        """
        if not self._workers:
            return super().render(drawn, reset_counts, time_ns)
        if reset_counts is None:
            reset_counts = np.zeros(len(drawn), np.int64)
        for worker in self._workers:
            worker.request(drawn, reset_counts, time_ns)
        own = super().render(drawn[self._own_arms], reset_counts[self._own_arms], time_ns)
        frames = np.empty((len(self.names), len(drawn), self.height, self.width, 3), np.uint8)
        for camera, image in zip(frames, own.values(), strict=True):
            camera[self._own_arms] = image.reshape(-1, *camera.shape[1:])
        for worker in self._workers:
            frames[:, worker.arms] = worker.receive(frames[:, worker.arms].shape)
        return self._stacked(frames)

    def close(self) -> None:
        """Ends the workers and frees the OpenGL context; may be called twice."""
        for worker in self._workers:
            worker.close()
        super().close()

    def __del__(self) -> None:
        for worker in self._workers:
            worker.close()


class _Worker:
    """A process that renders some of the arms."""

    def __init__(self, arms: slice, first_message: Any) -> None:
        self.arms = arms
        self.process = subprocess.Popen(
            [sys.executable, "-m", "arm_sim.rendering.camera_worker_pool"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            pipesize=_PIPE,
            start_new_session=True,  # Ctrl-C in a terminal must not end the workers first.
        )
        self._send(first_message)

    def request(self, drawn: Floats, reset_counts: Ints, time_ns: int) -> None:
        """Starts rendering the worker's share of the arms; see `CameraRig.render`."""
        self._send((drawn[self.arms], reset_counts[self.arms], time_ns))

    def receive(self, shape: tuple[int, ...]) -> NDArray[np.uint8]:
        """Returns the frames requested last, of this shape: (K, n, H, W, 3)."""
        frames = np.empty(shape, np.uint8)
        assert self.process.stdout is not None
        if self.process.stdout.readinto(frames.data.cast("B")) < frames.nbytes:  # type: ignore[attr-defined]
            raise _worker_ended()
        return frames

    def close(self) -> None:
        """Closes the worker's input, which ends it, and waits for that."""
        with suppress(BrokenPipeError), self.process:
            pass

    def _send(self, message: Any) -> None:
        assert self.process.stdin is not None
        try:
            pickle.dump(message, self.process.stdin)
            self.process.stdin.flush()
        except BrokenPipeError:
            raise _worker_ended() from None


def _worker_ended() -> UserError:
    return UserError("A process that renders camera images has ended unexpectedly.")


def _main() -> None:
    """Main function of a worker: renders each request, until its input is closed."""
    output = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # Frames go to stdout; what others print goes to stderr.
    make_rig, width, height = pickle.load(sys.stdin.buffer)
    render_small_images_on_calling_thread(width, height)
    rig = make_rig()
    while True:
        try:
            request = pickle.load(sys.stdin.buffer)
        except EOFError:
            break
        for image in rig.render(*request).values():
            output.write(image.data)
        output.flush()
    rig.close()


if __name__ == "__main__":
    _main()
