"""Random generators of start states and goals: training, evaluation and model selection apart."""

import numpy as np


def training_generator(seed: int) -> np.random.Generator:
    """Returns the generator that draws the start states and goals of a training."""
    return np.random.default_rng([0, seed])


def evaluation_generator(seed: int) -> np.random.Generator:
    """Returns a generator whose goals no training sees, whatever the seeds."""
    return np.random.default_rng([1, seed])


def selection_generator() -> np.random.Generator:
    """Returns the generator of the goals by which a training chooses its best model.

    They are not an evaluation's goals: a model judged on the goals that it was chosen by would look
    better than it is.
    """
    return np.random.default_rng([2, 0])
