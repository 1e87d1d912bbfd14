"""Registry of the learning algorithms.

To add one, write its settings class in `configs.py`, its record here and its default settings in
`config/<name>.yaml`. Help texts, validation, checkpoints, plots and reports follow from the record.
"""

from arm_sim.common.errors import UserError
from arm_trainer.algorithms.algorithm import Algorithm
from arm_trainer.algorithms.configs import (
    A2CSettings,
    CrossQSettings,
    PPOSettings,
    SACSettings,
    TQCSettings,
)

_RECORDS = (
    Algorithm("ppo", "stable_baselines3:PPO", PPOSettings, colour="tab:blue"),
    Algorithm(
        "a2c",
        "stable_baselines3:A2C",
        A2CSettings,
        colour="tab:orange",
        constructor_options={"use_rms_prop": False},
    ),
    Algorithm("sac", "stable_baselines3:SAC", SACSettings, colour="tab:green"),
    Algorithm("tqc", "sb3_contrib:TQC", TQCSettings, colour="tab:red", compared_by_default=False),
    Algorithm(
        "crossq",
        "sb3_contrib:CrossQ",
        CrossQSettings,
        colour="tab:purple",
        compared_by_default=False,
        label="CrossQ",
    ),
)

ALGORITHMS: dict[str, Algorithm] = {record.name: record for record in _RECORDS}
# Trained where no other is named.
DEFAULT_ALGORITHM = _RECORDS[0]


def find_algorithm(name: str) -> Algorithm:
    """Returns the algorithm with a name, in upper or lower case.

    Raises:
        UserError: If there is none; it lists the valid names.
    """
    if name.lower() not in ALGORITHMS:
        valid = ", ".join(algorithm.label for algorithm in ALGORITHMS.values())
        raise UserError(f"Unknown algorithm '{name}' (valid: {valid}).")
    return ALGORITHMS[name.lower()]


def describe_choices() -> str:
    """Returns the valid names for a help text: 'PPO, A2C or SAC'."""
    *others, last = (algorithm.label for algorithm in ALGORITHMS.values())
    return f"{', '.join(others)} or {last}"


def default_comparison() -> list[Algorithm]:
    """Returns the algorithms that `compare` trains where none are named."""
    return [algorithm for algorithm in ALGORITHMS.values() if algorithm.compared_by_default]
