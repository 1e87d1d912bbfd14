"""ShardedRosBackend: the arms of several simulators as one batch.

Each simulator has a namespace, `sim_0` and so on, and a share of the arms. Messages go to all of
them before any is waited for, so they work at the same time.
"""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager

import numpy as np

from arm_sim.common.arrays import Floats, Ints
from arm_trainer.backends.backend import BatchState, SimulatorLost
from arm_trainer.ros.backend import RosBackend
from arm_trainer.tasks.start import Start
from arm_trainer.tasks.task import Bools


def shares(num_arms: int, num_sims: int) -> dict[str, slice]:
    """Returns the namespace of each simulator and its share of the arms.

    The numbers of arms differ by at most one; the first simulators have more.
    """
    parts = np.array_split(np.arange(num_arms), num_sims)
    return {f"sim_{i}": slice(int(part[0]), int(part[-1]) + 1) for i, part in enumerate(parts)}


class ShardedRosBackend:
    """N arms, divided among several simulators; see `backend.Backend`.

    A reset goes only to the simulators whose arms it names, so the simulators' times differ. The
    stamps of the joined states are counted here, from 0, by one control period for each call.
    """

    def __init__(
        self, num_arms: int, num_sims: int, connect: Callable[[str, int], RosBackend]
    ) -> None:
        """Connects to one simulator after the other.

        Args:
            num_arms: Number of arms of all simulators together, N.
            num_sims: Number of simulators, at most N.
            connect: Connects to the simulator in a namespace, which has so many arms.

        Raises:
            SimulatorLost: If one is not found; the message names it.
        """
        self.num_arms = num_arms
        self._shards: list[tuple[str, slice, RosBackend]] = []
        self._time_ns = 0
        with ExitStack() as connected:
            for name, share in shares(num_arms, num_sims).items():
                with _named(name):
                    backend = connect(name, share.stop - share.start)
                connected.callback(backend.close)
                self._shards.append((name, share, backend))
            self._connected = connected.pop_all()
        self.robot = backend.robot
        self.control_period = backend.control_period
        self._period_ns = round(self.control_period * 1e9)

    def reset(self, arms: Ints, starts: Start) -> BatchState:
        """See `backend.Backend`.

        Raises:
            SimulatorLost: If one does not answer in time; the message names it.
        """
        self._time_ns += self._period_ns  # Objects are placed first, in a period of their own.
        return self._place(arms, lambda shard, mine, local: shard.send_reset(local, starts[mine]))

    def move_goals(self, arms: Ints, goals: Floats, objects: Floats | None = None) -> BatchState:
        """See `backend.Backend`; raises as `reset`."""

        def send(shard: RosBackend, mine: Bools, local: Ints) -> None:
            shard.send_goals(local, goals[mine], None if objects is None else objects[mine])

        return self._place(arms, send)

    def _place(self, arms: Ints, send: Callable[[RosBackend, Bools, Ints], None]) -> BatchState:
        """Sends to the simulators of arms (k,), then waits for each of them.

        `send` gets a simulator, which of the k arms it has, and these arms as it counts them.
        """
        waiting = []
        for name, share, backend in self._shards:
            mine = (arms >= share.start) & (arms < share.stop)
            if mine.any():
                waiting.append((name, backend))
                with _named(name):
                    send(backend, mine, arms[mine] - share.start)
        for name, backend in waiting:
            with _named(name):
                backend.wait_for_reset()
        return self._state()

    def step(self, commands: Floats) -> BatchState:
        """See `backend.Backend`; raises as `reset`."""
        for _, share, backend in self._shards:
            backend.send_step(commands[share])
        for name, _, backend in self._shards:
            with _named(name):
                backend.wait_for_step()
        return self._state()

    def close(self) -> None:
        """Leaves the graph; may be called twice."""
        self._connected.close()

    def _state(self) -> BatchState:
        """Returns the last states of all simulators as one, in the order of the arms."""
        self._time_ns += self._period_ns
        states = [backend.state for _, _, backend in self._shards]
        images = [state.images for state in states if state.images is not None]
        return BatchState(
            self._time_ns,
            np.concatenate([state.positions for state in states]),
            np.concatenate([state.velocities for state in states]),
            np.concatenate([state.objects for state in states]),
            np.concatenate([state.object_velocities for state in states]),
            np.concatenate(images) if images else None,
        )


@contextmanager
def _named(name: str) -> Iterator[None]:
    """Puts a simulator's name before the message of a SimulatorLost."""
    try:
        yield
    except SimulatorLost as error:
        raise SimulatorLost(f"{name}: {error}") from None
