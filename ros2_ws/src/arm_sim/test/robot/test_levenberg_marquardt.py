"""Steps reduce errors, keep limits in mind, and are never long."""

import numpy as np

from arm_sim.robot.levenberg_marquardt import levenberg_marquardt_steps

FREE = np.full(2, np.inf)


def steps(
    errors: list[float], postures: tuple[float, float] = (0.0, 0.0), upper: float = np.inf
) -> np.ndarray:
    """Of two joints, of which each adds to one of two errors, and the second to both."""
    jacobian = np.array([[[1.0, 0.2], [0.0, 0.8]]])
    limits = -FREE, np.array([upper, np.inf])
    return levenberg_marquardt_steps(np.array([postures]), np.array([errors]), jacobian, *limits)[0]


def test_a_small_error_is_nearly_undone() -> None:
    np.testing.assert_allclose(steps([0.002, 0.004]), [0.001, 0.005], rtol=0.01)


def test_no_error_is_no_step() -> None:
    np.testing.assert_array_equal(steps([0.0, 0.0]), 0.0)


def test_a_large_error_is_a_step_of_limited_length() -> None:
    assert np.abs(steps([30.0, -50.0])).max() <= 0.5


def test_a_joint_at_its_limit_does_not_push_against_it() -> None:
    pushed = steps([0.01, 0.0], upper=0.0)
    assert pushed[0] == 0.0 and pushed[1] > 0.0
    assert steps([-0.01, 0.0], upper=0.0)[0] < 0.0
