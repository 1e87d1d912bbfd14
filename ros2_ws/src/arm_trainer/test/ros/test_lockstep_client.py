"""A client resends what gets no answer, and names what can't be the simulator that it knew."""

from collections.abc import Callable
from types import SimpleNamespace

import numpy as np
import pytest

from arm_trainer.backends.backend import BatchState, SimulatorLost
from arm_trainer.ros import lockstep_client
from arm_trainer.ros.lockstep_client import LockstepClient

PERIOD = 50_000_000
Answer = Callable[[str], list[int]]


class Connection:
    """Takes the place of a simulator: answers each message with the stamps of states, or nothing.

    A state is its stamp, as bytes; the decoder below reads it.
    """

    objects: "Parts | None" = None
    images: "Parts | None" = None

    def __init__(self, answer: Answer) -> None:
        self.answer = answer
        self.sent: list[str] = []
        self.states: list[int] = []
        self.dead = ""

    def send(self, publisher: str, message: bytes) -> None:
        self.sent.append(f"{publisher} {message.decode()}")
        self.states += self.answer(self.sent[-1])

    def request_state(self) -> None:
        self.send("request", b"state")

    def receive(self, timeout: float, stamp_ns: int) -> bytes | None:
        return str(self.states.pop(0)).encode() if self.states else None

    def check_alive(self) -> None:
        if self.dead:
            raise SimulatorLost(self.dead)


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lockstep_client, "_FIRST_RESEND", 0.01)
    monkeypatch.setattr(lockstep_client, "_LARGEST_RESEND", 0.01)


def connect(answer: Answer, timeout: float = 0.5) -> tuple[LockstepClient, Connection]:
    connection = Connection(answer)
    nothing = np.zeros((1, 1))
    decoder = SimpleNamespace(decode=lambda raw: BatchState(int(raw), *[nothing] * 4))
    return LockstepClient(connection, decoder, PERIOD, timeout, 0), connection


def test_an_answer_acknowledges_all_messages_before_it() -> None:
    client, connection = connect(lambda message: [2 * PERIOD] if "second" in message else [])
    client.send("reset", b"first")
    client.send("command", b"second")
    assert client.unacknowledged and client.stamp_ns == 2 * PERIOD
    assert client.wait_for_state().stamp_ns == 2 * PERIOD
    assert not client.unacknowledged
    assert connection.sent == ["reset first", "command second"]


def test_unacknowledged_messages_are_resent_in_order_and_the_state_requested_in_between() -> None:
    client, connection = connect(lambda message: [])
    client.send("reset", b"first")
    client.send("command", b"second")
    del connection.sent[:]

    def answer(message: str) -> list[int]:
        return [2 * PERIOD] if connection.sent.count("command second") == 2 else [0]

    connection.answer = answer
    client.wait_for_state()
    resent = ["reset first", "command second"]
    assert connection.sent == [*resent, "request state", *resent]


class Parts:
    """Takes the place of the objects or images of states: those at some stamps have come."""

    def __init__(self, name: str, *stamps: int) -> None:
        self._name, self.stamps = name, {*stamps}

    def at(self, stamp_ns: int) -> tuple[np.ndarray, np.ndarray] | None:
        found = np.full((1, 1, 7), stamp_ns), np.zeros((1, 1, 6))
        return found if stamp_ns in self.stamps else None

    def complete_set(self, stamp_ns: int) -> np.ndarray | None:
        return np.full(1, stamp_ns) if stamp_ns in self.stamps else None

    def missing_reason(self, stamp_ns: int, waited: float) -> str:
        return f"no {self._name} of {stamp_ns}"


def test_a_state_is_complete_with_the_objects_of_its_stamp() -> None:
    client, connection = connect(lambda message: [PERIOD])
    connection.objects = objects = Parts("objects", 0)

    def answer(message: str) -> list[int]:
        # The first time, the objects are lost on the way.
        objects.stamps |= {PERIOD} if connection.sent.count("command only") == 2 else set()
        return [PERIOD]

    connection.answer = answer
    client.send("command", b"only")
    state = client.wait_for_state()
    assert state.stamp_ns == PERIOD and (state.objects == PERIOD).all()
    assert connection.sent == ["command only", "command only"]


@pytest.mark.parametrize(
    ("objects", "images", "sentence"),
    [([], None, "no objects of"), ([], [PERIOD], "no objects of"), ([PERIOD], [], "no images of")],
)
def test_what_is_missing_of_a_state_is_named(
    objects: list[int], images: list[int] | None, sentence: str
) -> None:
    client, connection = connect(lambda message: [PERIOD], timeout=0.2)
    connection.objects = Parts("objects", *objects)
    connection.images = None if images is None else Parts("images", *images)
    client.send("command", b"only")
    with pytest.raises(SimulatorLost, match=sentence):
        client.wait_for_state()


def test_late_repeats_of_earlier_states_are_ignored() -> None:
    client, _ = connect(lambda message: [0, 0, PERIOD])
    client.send("command", b"only")
    assert client.wait_for_state().stamp_ns == PERIOD


@pytest.mark.parametrize(
    ("answer", "sentence"),
    [
        (lambda message: [], r"has not answered for 0 s \(last state at 0\.500 s\)"),
        (lambda message: [11 * PERIOD + 1], r"went from 0\.500 s to 0\.550 s, not on by one"),
        (lambda message: [0] if "state" in message else [], "was restarted: .* 0.500 s to 0.000"),
    ],
)
def test_a_lost_or_other_simulator_is_one_sentence(answer: Answer, sentence: str) -> None:
    client, _ = connect(answer, timeout=0.3)
    client.stamp_ns = 10 * PERIOD
    client.send("command", b"only")
    with pytest.raises(SimulatorLost, match=sentence):
        client.wait_for_state()


def test_a_simulator_that_has_ended_is_named_at_the_first_resend() -> None:
    client, connection = connect(lambda message: [])
    connection.dead = "The simulator died: exit code 1."
    client.send("command", b"only")
    with pytest.raises(SimulatorLost, match="died: exit code 1"):
        client.wait_for_state()
    assert connection.sent == ["command only"]
