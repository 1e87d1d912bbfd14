"""Every command ends alike: 0 after a signal, 2 and one sentence after a user's mistake."""

import os
import signal
import threading

import pytest

from arm_sim.common.command import Stopped, run_command
from arm_sim.common.errors import UserError


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_sets_the_event_and_the_command_ends_with_0(number: signal.Signals) -> None:
    def command(stop: threading.Event) -> None:
        os.kill(os.getpid(), number)
        assert stop.wait(10)
        raise Stopped

    before = signal.getsignal(number)
    assert run_command("demo", command) == 0
    assert signal.getsignal(number) is before


def test_a_mistake_is_its_sentence_and_2(capsys: pytest.CaptureFixture[str]) -> None:
    def command(_stop: threading.Event) -> None:
        raise UserError("steps is -1; it must be at least 1.")

    assert run_command("demo", command) == 2
    assert capsys.readouterr().err == "demo: steps is -1; it must be at least 1.\n"


def test_other_errors_are_not_hidden() -> None:
    with pytest.raises(ZeroDivisionError):
        run_command("demo", lambda _stop: print(1 / 0))
