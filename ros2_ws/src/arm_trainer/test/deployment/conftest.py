"""What the tests of the controller share."""

import pytest

from arm_sim.robot.robot import Floats, Ints
from arm_trainer.backends.backend import BatchState
from arm_trainer.backends.in_process import InProcessBackend
from arm_trainer.tasks.start import Start


class RecordingBackend(InProcessBackend):
    """Keeps the commands and states of the first arm since its last reset."""

    commands: list[Floats]
    states: list[BatchState]

    def reset(self, arms: Ints, starts: Start) -> BatchState:
        self.commands, self.states = [], [super().reset(arms, starts)]
        return self.states[0]

    def step(self, commands: Floats) -> BatchState:
        self.commands.append(commands[0])
        self.states.append(super().step(commands))
        return self.states[-1]


@pytest.fixture
def recording_backend() -> type[RecordingBackend]:
    return RecordingBackend
