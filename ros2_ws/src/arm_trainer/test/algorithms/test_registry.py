"""Help texts, files and kinds of the algorithms follow from their records."""

from pathlib import Path

import pytest
from stable_baselines3.common.base_class import BaseAlgorithm

from arm_sim.common.errors import UserError
from arm_trainer.algorithms.registry import (
    ALGORITHMS,
    DEFAULT_ALGORITHM,
    default_comparison,
    describe_choices,
    find_algorithm,
)

CONFIG = Path(__file__).parents[2] / "config"


def test_each_record_has_a_file_of_defaults_and_each_file_a_record() -> None:
    files = {path.name for path in CONFIG.glob("*.yaml")}
    assert {algorithm.defaults_file for algorithm in ALGORITHMS.values()} == files


@pytest.mark.parametrize("algorithm", ALGORITHMS.values(), ids=ALGORITHMS)
def test_a_record_names_a_class_of_stable_baselines3(algorithm) -> None:
    assert issubclass(algorithm.model_class, BaseAlgorithm)
    assert algorithm.model_class.__name__ == algorithm.label


def test_algorithms_that_learn_off_policy_have_a_replay_buffer() -> None:
    kinds = {name: algorithm.has_replay_buffer for name, algorithm in ALGORITHMS.items()}
    assert (kinds["ppo"], kinds["a2c"], kinds["sac"]) == (False, False, True)


def test_names_are_listed_for_help_texts_and_found_in_any_case() -> None:
    assert describe_choices().startswith("PPO, A2C")
    assert " or " in describe_choices()
    assert [algorithm.label for algorithm in default_comparison()] == ["PPO", "A2C", "SAC"]
    assert find_algorithm("Ppo") is ALGORITHMS["ppo"] is DEFAULT_ALGORITHM
    with pytest.raises(UserError, match=r"Unknown algorithm 'DQN' \(valid: PPO, A2C, SAC"):
        find_algorithm("DQN")


def test_each_has_a_colour_of_its_own() -> None:
    colours = [algorithm.colour for algorithm in ALGORITHMS.values()]
    assert len(set(colours)) == len(colours)
