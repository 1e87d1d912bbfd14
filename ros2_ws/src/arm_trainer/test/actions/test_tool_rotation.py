"""Rotations that lead a tool back to its orientation have the right axis, sign and size."""

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from arm_trainer.actions.tool_rotation import FREE, FULL, HELD, YAW, rotation_between, tilt

HOME = Rotation.from_euler("xyz", [2.9, 0.3, -1.0]).as_matrix()


@pytest.mark.parametrize("axis", [0, 1, 2])
@pytest.mark.parametrize("angle", [1e-3, 0.2, -0.7])
def test_a_rotation_between_two_frames_is_the_sine_about_its_axis(axis: int, angle: float) -> None:
    turn = Rotation.from_rotvec(angle * np.eye(3)[axis]).as_matrix()
    found = rotation_between(HOME[None], (turn @ HOME)[None])[0]
    np.testing.assert_allclose(found, np.sin(angle) * np.eye(3)[axis], atol=1e-12)


@pytest.mark.parametrize("heading", [-2.0, 0.0, 1.0])
def test_a_tilt_is_undone_whatever_the_heading_which_is_left_alone(heading: float) -> None:
    turned = Rotation.from_rotvec([0.0, 0.0, heading]).as_matrix() @ HOME
    np.testing.assert_allclose(tilt(turned[None], HOME), 0.0, atol=1e-12)
    fallen = Rotation.from_rotvec([0.3, -0.2, 0.0]).as_matrix() @ turned
    back = tilt(fallen[None], HOME)[0]
    assert back[2] == 0.0
    upright = Rotation.from_rotvec(back).as_matrix() @ fallen
    np.testing.assert_allclose(upright @ HOME[2], [0.0, 0.0, 1.0], atol=0.02)


def test_what_is_held_is_led_back_by_half_and_what_is_asked_for_is_done() -> None:
    turned = (Rotation.from_rotvec([0.1, 0.0, 0.2]).as_matrix() @ HOME)[None]
    asked = np.array([[0.5, -1.0, 0.25]])
    np.testing.assert_array_equal(FULL.turn(asked, turned, HOME, 0.1), 0.1 * asked)
    np.testing.assert_allclose(
        HELD.turn(asked[:, :0], turned, HOME, 0.1)[0], [-0.05, 0.0, -0.1], atol=0.002
    )
    yaw = YAW.turn(asked[:, :1], turned, HOME, 0.1)[0]
    assert yaw[2] == 0.05 and yaw[0] == pytest.approx(-0.05, abs=0.01)


def test_an_arm_of_few_joints_keeps_the_tilt_only_and_a_free_tool_is_free() -> None:
    for control in (HELD, YAW, FULL):
        assert control.for_arm(6) is control.for_arm(7) is control
        few = control.for_arm(5)
        assert (few.rows, few.outputs, few.holds_heading) == ((0, 1), (), False)
    assert FREE.for_arm(3) is FREE
