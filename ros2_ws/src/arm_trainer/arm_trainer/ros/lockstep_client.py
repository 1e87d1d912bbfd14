"""LockstepClient: stamps of the lockstep protocol, and resending of unacknowledged messages.

Delivery at least once, effect exactly once: a message without an answer is sent again, and the
simulator recognises it by its stamp. Every wait has a deadline.
"""

import dataclasses
import time

from rclpy.publisher import Publisher

from arm_trainer.backends.backend import BatchState, SimulatorLost
from arm_trainer.ros.simulator_connection import Message, SimulatorConnection
from arm_trainer.ros.state_decoder import StateDecoder

_FIRST_RESEND = 0.2
_LARGEST_RESEND = 1.0


class LockstepClient:
    """Sends messages that each move a simulator's time by one control period, awaits the states.

    Attributes:
        stamp_ns: Stamp expected after all unacknowledged messages, ns; also the stamp of the next
            message, as this answers that state.
        answer_timeout: Seconds to wait for a state, resending meanwhile.
    """

    def __init__(
        self,
        connection: SimulatorConnection,
        decoder: StateDecoder,
        period_ns: int,
        answer_timeout: float,
        stamp_ns: int,
    ) -> None:
        """Starts after a state that was received.

        Args:
            connection: The simulator.
            decoder: Decodes its states.
            period_ns: The control period, ns.
            answer_timeout: Seconds to wait for a state.
            stamp_ns: Stamp of the last state, ns.
        """
        self.stamp_ns = stamp_ns
        self.answer_timeout = answer_timeout
        self._connection = connection
        self._decoder = decoder
        self._period_ns = period_ns
        self._unacknowledged: list[tuple[Publisher, Message]] = []

    @property
    def unacknowledged(self) -> bool:
        """Whether a message was sent whose state has not been received."""
        return bool(self._unacknowledged)

    def send(self, publisher: Publisher, message: Message) -> None:
        """Sends a message that carries `stamp_ns`, and expects the state after it."""
        self._unacknowledged.append((publisher, message))
        self._connection.send(publisher, message)
        self.stamp_ns += self._period_ns

    def wait_for_state(self) -> BatchState:
        """Returns the state after all messages, with images if there are any; resends meanwhile.

        Raises:
            SimulatorLost: If it does not come in time, or another comes that can't be right.
        """
        answer: BatchState | None = None
        started = time.monotonic()
        resend_after = _FIRST_RESEND
        resend_at = started + resend_after
        requested = request_next = False
        while True:
            raw = self._connection.receive(resend_at - time.monotonic(), self.stamp_ns)
            if raw is not None:
                state = self._decoder.decode(raw)
                if state.stamp_ns == self.stamp_ns:
                    answer = state
                else:
                    self._check_stamp(state.stamp_ns, requested)
            if answer is not None and (complete := self._complete(answer)) is not None:
                self._unacknowledged.clear()
                return complete
            if time.monotonic() < resend_at:
                continue
            self._connection.check_alive()
            if time.monotonic() - started > self.answer_timeout:
                raise self._no_answer(answer)
            # Every second time, request the last state instead: a simulator that was restarted
            # refuses the stamps of these messages, and only the request shows its own. (Not both
            # at once: in a queue of depth 1, the request would replace a reset.)
            if request_next or not self._unacknowledged:
                self._connection.request_state()
                requested = True
            else:
                for publisher, message in self._unacknowledged:
                    self._connection.send(publisher, message)
            request_next = not request_next
            resend_after = min(2 * resend_after, _LARGEST_RESEND)
            resend_at = time.monotonic() + resend_after

    @property
    def _acknowledged_ns(self) -> int:
        """Stamp of the last state received, ns."""
        return self.stamp_ns - len(self._unacknowledged) * self._period_ns

    def _complete(self, state: BatchState) -> BatchState | None:
        """Returns a state with its objects and images; None while some are missing."""
        if self._connection.objects is not None:
            objects = self._connection.objects.at(state.stamp_ns)
            if objects is None:
                return None
            state = dataclasses.replace(state, objects=objects[0], object_velocities=objects[1])
        if self._connection.images is None:
            return state
        images = self._connection.images.complete_set(state.stamp_ns)
        return None if images is None else dataclasses.replace(state, images=images)

    def _no_answer(self, incomplete: BatchState | None) -> SimulatorLost:
        """Says what is missing of a state that came incomplete, if one came."""
        objects, images = self._connection.objects, self._connection.images
        if incomplete is not None and objects is not None and objects.at(self.stamp_ns) is None:
            return SimulatorLost(objects.missing_reason(self.stamp_ns, self.answer_timeout))
        if incomplete is not None and images is not None:
            return SimulatorLost(images.missing_reason(self.stamp_ns, self.answer_timeout))
        return SimulatorLost(
            f"The simulator has not answered for {self.answer_timeout:.0f} s "
            f"(last state at {self._acknowledged_ns / 1e9:.3f} s); it is gone, or stuck."
        )

    def _check_stamp(self, stamp: int, requested: bool) -> None:
        """Raises SimulatorLost for a stamp that this client's messages can't have led to."""
        before = self._acknowledged_ns
        expected_later = range(before, self.stamp_ns, self._period_ns)
        if stamp > before and stamp not in expected_later:
            raise SimulatorLost(
                f"The simulator's time went from {before / 1e9:.3f} s to {stamp / 1e9:.3f} s, not "
                f"on by one control period, {self._period_ns / 1e9:g} s: it has another "
                "control_rate, is not in lockstep, or obeys another client too."
            )
        # Late repeats are of the last states; an older one is a restarted simulator's.
        if requested and stamp < before - 2 * self._period_ns:
            raise SimulatorLost(
                f"The simulator was restarted: its time went back from {before / 1e9:.3f} s to "
                f"{stamp / 1e9:.3f} s."
            )
