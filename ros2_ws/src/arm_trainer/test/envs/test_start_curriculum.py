"""Assisted starts are drawn as often as they fail, and a task without any draws as before."""

from collections.abc import Iterator

import numpy as np
import pytest

from arm_sim.robot.robot import Robot
from arm_trainer.envs.start_curriculum import StartCurriculum
from arm_trainer.tasks.reach import Reach
from arm_trainer.tasks.seeding import training_generator
from arm_trainer.tasks.start import Start, take_starts

KINDS = 3
MANY = np.arange(6000)


class Numbered(Reach):
    """A task whose goals tell of which kind the start is; its own starts are 0."""

    def starts(self, random: np.random.Generator) -> Iterator[Start]:
        return self._of_kind(0)

    def assisted_starts(self, random: np.random.Generator) -> dict[str, Iterator[Start]]:
        return {str(kind): self._of_kind(kind) for kind in range(1, KINDS)}

    def _of_kind(self, kind: int) -> Iterator[Start]:
        while True:
            yield Start(self.robot.home, np.full(3, float(kind)), self.robot.object_home)


@pytest.fixture
def curriculum(robot: Robot) -> StartCurriculum:
    made = StartCurriculum(Numbered(robot), len(MANY))
    made.seed(np.random.default_rng(0))
    return made


def kinds(start: Start) -> np.ndarray:
    return start.goal[:, 0].astype(int)


def shares(curriculum: StartCurriculum) -> np.ndarray:
    return np.bincount(kinds(curriculum.draw(MANY)), minlength=KINDS) / len(MANY)


@pytest.mark.parametrize(
    ("rates", "weights"),
    [
        ((0.0, 0.0, 0.0), (1.03, 1.03, 1.03)),
        ((0.0, 0.5, 0.9), (1.03, 0.53, 0.13)),
        # What always succeeds is still drawn now and then, and the task's own starts often.
        ((0.5, 1.0, 0.0), (0.53, 0.03, 1.03)),
        ((1.0, 1.0, 0.0), (0.25, 0.03, 1.03)),
        ((1.0, 1.0, 1.0), (0.25, 0.03, 0.03)),
    ],
)
def test_each_kind_is_drawn_in_proportion_to_its_failures(
    curriculum: StartCurriculum, rates: tuple[float, ...], weights: tuple[float, ...]
) -> None:
    curriculum.rates[:] = rates
    np.testing.assert_allclose(shares(curriculum), np.array(weights) / sum(weights), atol=0.02)


def test_successes_count_for_the_kind_that_the_episode_began_with(
    curriculum: StartCurriculum,
) -> None:
    drawn = kinds(curriculum.draw(MANY))
    curriculum.record(MANY, drawn == 1)
    assert curriculum.rates[1] > 0.9
    assert curriculum.rates[0] == curriculum.rates[2] == 0.0
    before = curriculum.rates[1]
    curriculum.record(np.flatnonzero(drawn == 1)[:1], np.array([False]))
    assert curriculum.rates[1] == pytest.approx(0.99 * before)


def test_an_episode_that_goes_on_from_the_last_one_counts_for_no_kind(
    curriculum: StartCurriculum,
) -> None:
    curriculum.draw(MANY)
    curriculum.keep(MANY[:-1])
    curriculum.record(MANY[:-1], np.ones(len(MANY) - 1, bool))
    assert not curriculum.rates.any()
    curriculum.record(MANY[-1:], np.array([True]))
    assert curriculum.rates.sum() == pytest.approx(0.01)


def test_episodes_that_began_with_a_given_start_count_for_no_kind(
    curriculum: StartCurriculum,
) -> None:
    curriculum.record(MANY, np.ones(len(MANY), bool))
    assert not curriculum.rates.any()


def test_equal_seeds_draw_equal_kinds_and_rates_outlive_a_seed(curriculum: StartCurriculum) -> None:
    curriculum.rates[:] = (0.2, 0.4, 0.9)
    first = kinds(curriculum.draw(MANY))
    curriculum.seed(np.random.default_rng(0))
    np.testing.assert_array_equal(kinds(curriculum.draw(MANY)), first)
    np.testing.assert_array_equal(curriculum.rates, (0.2, 0.4, 0.9))


def test_a_task_without_assisted_starts_keeps_its_random_numbers(robot: Robot) -> None:
    task, random, plain = Reach(robot), training_generator(3), training_generator(3)
    curriculum = StartCurriculum(task, 4)
    curriculum.seed(random)
    drawn = [curriculum.draw(np.arange(4)), curriculum.draw(np.array([1, 3]))]
    expected = take_starts(task.starts(plain), 6)
    for name in ("positions", "goal", "objects"):
        found = np.concatenate([getattr(start, name) for start in drawn])
        assert found.tobytes() == getattr(expected, name).tobytes()
    assert random.bit_generator.state == plain.bit_generator.state
    curriculum.record(np.arange(4), np.ones(4, bool))
    assert random.bit_generator.state == plain.bit_generator.state
