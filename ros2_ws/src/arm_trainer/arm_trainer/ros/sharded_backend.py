"""Several simulators as one backend: all are told what to do before any is waited for.

Each has a namespace, `sim_0` and so on, and its share of the arms. To the trainer they are one row.
"""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager

import numpy as np

from arm_sim.common.arrays import Floats, Ints
from arm_trainer.backends.backend import BatchState, SimulatorLost
from arm_trainer.ros.backend import RosBackend


def shares(num_arms: int, num_sims: int) -> dict[str, slice]:
    """Returns the namespace of each simulator, and which of all arms are its own.

    The numbers of arms differ by at most one; the first simulators have the more.
    """
    parts = np.array_split(np.arange(num_arms), num_sims)
    return {f"sim_{i}": slice(int(part[0]), int(part[-1]) + 1) for i, part in enumerate(parts)}


class ShardedRosBackend:
    """N arms, divided among several simulators; see `backend.Backend`.

    A simulator's time moves by what it is told, and a reset is told only to those whose arms it
    names. So their times differ, and a state's stamp is counted here, from 0.
    """

    def __init__(
        self, num_arms: int, num_sims: int, connect: Callable[[str, int], RosBackend]
    ) -> None:
        """Connects to one simulator after the other.

        Args:
            num_arms: Number of arms in all, N.
            num_sims: Number of simulators, at most N.
            connect: Finds the simulator in a namespace, with so many arms.

        Raises:
            SimulatorLost: If one is not found; it says which.
        """
        self.num_arms = num_arms
        self._members: list[tuple[str, slice, RosBackend]] = []
        self._time_ns = 0
        with ExitStack() as members:
            for name, share in shares(num_arms, num_sims).items():
                with _named(name):
                    member = connect(name, share.stop - share.start)
                members.callback(member.close)
                self._members.append((name, share, member))
            self._to_close = members.pop_all()
        self.robot = member.robot
        self.control_period = member.control_period

    def reset(self, arms: Ints, positions: Floats) -> BatchState:
        """See `backend.Backend`.

        Raises:
            SimulatorLost: If one does not answer in time; it says which.
        """
        told = []
        for name, share, member in self._members:
            of_it = (arms >= share.start) & (arms < share.stop)
            if of_it.any():
                told.append((name, member))
                with _named(name):
                    member.send_reset(arms[of_it] - share.start, positions[of_it])
        for name, member in told:
            with _named(name):
                member.wait_for_reset()
        return self._state()

    def step(self, commands: Floats) -> BatchState:
        """See `backend.Backend`; raises as `reset`."""
        for _, share, member in self._members:
            member.send_step(commands[share])
        for name, _, member in self._members:
            with _named(name):
                member.wait_for_step()
        return self._state()

    def close(self) -> None:
        """Leaves the graph; may be called twice."""
        self._to_close.close()

    def _state(self) -> BatchState:
        """Joins the members' last states, in the order of the arms."""
        self._time_ns += round(self.control_period * 1e9)
        states = [member.state for _, _, member in self._members]
        images = [state.images for state in states if state.images is not None]
        return BatchState(
            self._time_ns,
            np.concatenate([state.positions for state in states]),
            np.concatenate([state.velocities for state in states]),
            np.concatenate(images) if images else None,
        )


@contextmanager
def _named(name: str) -> Iterator[None]:
    """Says which simulator is lost."""
    try:
        yield
    except SimulatorLost as error:
        raise SimulatorLost(f"{name}: {error}") from None
