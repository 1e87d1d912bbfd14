"""Training, evaluation and model selection never draw the same goals."""

from hypothesis import given
from hypothesis import strategies as st

from arm_trainer.tasks.seeding import evaluation_generator, selection_generator, training_generator

seeds = st.one_of(st.integers(0, 20), st.integers(0, 2**31 - 1), st.integers(0, 2**130))


@given(training=seeds, evaluation=seeds)
def test_evaluation_never_draws_what_training_does(training: int, evaluation: int) -> None:
    one = training_generator(training).integers(2**63, size=4)
    other = evaluation_generator(evaluation).integers(2**63, size=4)
    # Nor are the best model's targets those that it is judged by.
    third = selection_generator().integers(2**63, size=4)
    assert len({*one, *other, *third}) == 12


@given(one=seeds, other=seeds)
def test_different_seeds_draw_differently(one: int, other: int) -> None:
    for make in (training_generator, evaluation_generator):
        same = (make(one).integers(2**63, size=4) == make(other).integers(2**63, size=4)).all()
        assert same == (one == other)
