"""The next target follows when the current one was held, or its time is up."""

from pathlib import Path

import numpy as np
import pytest

from arm_sim.common.errors import UserError
from arm_trainer.deployment.target_sequence import TargetSequence, read_targets
from arm_trainer.tasks.task import TaskConfig

IN, OUT = True, False
TARGETS = [np.array([0.7, 0.1 * i, 0.9]) for i in range(3)]


def test_targets_are_read_in_their_order(tmp_path: Path) -> None:
    file = tmp_path / "targets.yaml"
    file.write_text("targets: [[0.7, 0, 0.9], [1, -0.2, 1.1]]\n")
    np.testing.assert_array_equal(read_targets(file), [[0.7, 0, 0.9], [1, -0.2, 1.1]])


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "key 'targets' is missing"),
        ("targets: []", "'targets' is []: List should have at least 1 item"),
        ("targets: [[1, 2]]", "key 'targets.0.2' is missing"),
        ("targets: [[1, 2, 3, 4]]", "'targets.0' is"),
        ("targets: [[1, 2, .nan]]", "'targets.0.2' is nan"),
        ("targets: [[1, 2, far]]", "'targets.0.2' is 'far'"),
        ("targets: 3", "'targets' is 3"),
        ("targets: [[1, 2, 3]]\ngoals: 1", "unknown key 'goals' (valid: targets)"),
        ("[[1, 2, 3]]", "must hold 'key: value' lines"),
        ("targets: [", "is not YAML"),
    ],
)
def test_a_wrong_file_is_one_sentence(tmp_path: Path, text: str, sentence: str) -> None:
    file = tmp_path / "targets.yaml"
    file.write_text(text)
    with pytest.raises(UserError) as caught:
        read_targets(file)
    assert sentence in str(caught.value) and str(file) in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_missing_file_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"Can't read .*none\.yaml: No such file"):
        read_targets(tmp_path / "none.yaml")


def test_the_next_follows_when_one_was_held_or_its_time_is_up() -> None:
    sequence = TargetSequence(TARGETS, TaskConfig(hold_periods=3, max_periods=6))
    np.testing.assert_array_equal(sequence.current, TARGETS[0])
    # Held for two, lost, held for three.
    assert [sequence.update(d) for d in (IN, IN, OUT, IN, IN, IN)] == [False] * 5 + [True]
    assert (sequence.reached, sequence.finished) == (1, 1)
    np.testing.assert_array_equal(sequence.current, TARGETS[1])
    # Periods in which the target before was held do not count.
    assert [sequence.update(d) for d in (OUT, IN, IN, OUT, IN, IN)] == [False] * 5 + [True]
    assert (sequence.reached, sequence.finished) == (1, 2)
    assert [sequence.update(IN) for _ in range(3)] == [False, False, True]
    assert (sequence.reached, sequence.finished) == (2, 3)
    assert sequence.current is None


def test_success_in_the_last_period_is_success() -> None:
    sequence = TargetSequence(TARGETS[:1], TaskConfig(hold_periods=3, max_periods=3))
    assert [sequence.update(IN) for _ in range(3)] == [False, False, True]
    assert (sequence.reached, sequence.finished, sequence.current) == (1, 1, None)
