"""Tool increments: the tool goes where it is sent, and the posture stays near home."""

import dataclasses
import warnings

import numpy as np
import pytest

from arm_sim.common.arrays import Floats
from arm_sim.robot.kinematics import Kinematics
from arm_sim.robot.robot import Robot
from arm_sim.scene.loader import load_robot
from arm_trainer.actions.damped_least_squares import DampedInverse
from arm_trainer.actions.shield import Shield
from arm_trainer.actions.tool_increments import ToolIncrements
from support.states import with_arm

PERIOD = 0.05


@pytest.fixture(scope="module", params=["fetch_arm", "six_axis_arm", "seven_axis_arm"])
def arm(request: pytest.FixtureRequest) -> Robot:
    """Each built-in arm."""
    return load_robot(request.param)


def about_home(robot: Robot, count: int, spread: float) -> Floats:
    """(count, A) targets within `spread` rad of home and within the limits."""
    home = robot.home[robot.arm]
    drawn = home + np.random.default_rng(0).uniform(-spread, spread, (count, len(home)))
    return np.clip(drawn, robot.lower[robot.arm], robot.upper[robot.arm])


def tools(robot: Robot, targets: Floats) -> Floats:
    return Kinematics(robot, len(targets)).tool_positions(with_arm(robot, targets))


def steps_of(robot: Robot, actions: Floats, targets: Floats) -> Floats:
    action = ToolIncrements(robot, PERIOD)
    return action.joint_steps(actions, with_arm(robot, targets), targets)


def test_the_tool_moves_along_the_axis_that_is_asked_for(arm: Robot) -> None:
    targets = np.tile(arm.home[arm.arm], (6, 1))
    wanted = np.repeat([0.1, -0.1], 3)[:, None] * np.tile(np.eye(3), (2, 1))
    moved = tools(arm, targets + steps_of(arm, wanted, targets)) - tools(arm, targets)
    scale = ToolIncrements(arm, PERIOD).scale
    np.testing.assert_allclose(moved, wanted * scale, rtol=0, atol=0.05 * 0.1 * scale[0])


def test_no_joint_is_sent_faster_than_its_limit_and_the_tool_keeps_its_direction(
    arm: Robot,
) -> None:
    targets = np.tile(arm.home[arm.arm], (1, 1))
    kinematics = Kinematics(arm, 1)
    kinematics.tool_positions(with_arm(arm, targets))
    jacobian = kinematics.tool_jacobian(arm.arm)[0]
    full = arm.velocity_limits[arm.arm] * PERIOD
    slowed = 0
    for direction in np.random.default_rng(1).choice([-1.0, 1.0], (30, 3)):
        steps = steps_of(arm, direction[None], targets)[0]
        assert (np.abs(steps) <= full * (1 + 1e-12)).all()
        moved = jacobian @ steps
        assert moved @ direction > 0.999 * np.linalg.norm(moved) * np.linalg.norm(direction)
        slowed += bool(np.isclose(np.abs(steps / full).max(), 1.0))
    assert slowed


def test_the_scale_grows_with_the_velocity_limits_and_is_below_the_fastest_motion(
    arm: Robot,
) -> None:
    faster = dataclasses.replace(arm, velocity_limits=2.0 * arm.velocity_limits)
    scale = ToolIncrements(arm, PERIOD).scale
    np.testing.assert_allclose(ToolIncrements(faster, PERIOD).scale, 2.0 * scale)
    np.testing.assert_allclose(ToolIncrements(arm, 2 * PERIOD).scale, 2.0 * scale)
    kinematics = Kinematics(arm, 1)
    kinematics.tool_positions(arm.home[None])
    full = arm.velocity_limits[arm.arm] * PERIOD
    fastest = np.abs(kinematics.tool_jacobian(arm.arm)[0] * full).sum(axis=1).max()
    assert 0.2 * fastest < scale[0] < fastest


def test_arms_that_are_not_asked_to_move_return_home_in_posture_while_the_tool_stays(
    arm: Robot,
) -> None:
    targets = about_home(arm, 20, 0.5)
    before, start = np.abs(targets - arm.home[arm.arm]).mean(), tools(arm, targets)
    for _ in range(100):
        targets = targets + steps_of(arm, np.zeros((20, 3)), targets)
    assert np.abs(targets - arm.home[arm.arm]).mean() < 0.8 * before
    assert np.linalg.norm(tools(arm, targets) - start, axis=1).max() < 0.02


def test_endless_joints_go_to_the_nearest_turn_of_home_and_never_wind_up(robot: Robot) -> None:
    endless = np.flatnonzero(robot.endless[robot.arm])
    assert len(endless)
    home = robot.home[robot.arm]
    for turns in (-3, 1, 4):
        targets = home[None].copy()
        targets[0, endless] += 2 * np.pi * turns + 0.4
        for _ in range(150):
            targets = targets + steps_of(robot, np.zeros((1, 3)), targets)
        # The tool stays, so a joint may keep a part of its distance from home.
        assert (np.abs(targets[0, endless] - home[endless] - 2 * np.pi * turns) < 0.41).all()


def test_a_posture_a_full_turn_away_gets_the_same_steps(robot: Robot) -> None:
    targets = about_home(robot, 10, 0.6)
    turned = targets + 2 * np.pi * robot.endless[robot.arm]
    actions = np.random.default_rng(2).uniform(-1, 1, (10, 3))
    np.testing.assert_allclose(
        steps_of(robot, actions, turned), steps_of(robot, actions, targets), rtol=0, atol=1e-10
    )


def test_a_joint_at_its_limit_is_not_sent_on_and_the_others_take_over(arm: Robot) -> None:
    home = arm.home[arm.arm]
    random = np.random.default_rng(3)
    limited = np.flatnonzero(np.isfinite(arm.upper[arm.arm] - arm.lower[arm.arm]))
    for joint in limited:
        for end, sign in ((arm.upper, 1.0), (arm.lower, -1.0)):
            targets = np.tile(home, (20, 1))
            targets[:, joint] = end[arm.arm][joint]
            steps = steps_of(arm, random.uniform(-1, 1, (20, 3)), targets)
            assert (sign * steps[:, joint] <= 1e-12).all()
            assert np.abs(steps).max(axis=1).min() > 0


def test_near_a_limit_a_joint_slows_down_without_a_jump(arm: Robot) -> None:
    joint = int(np.argmax(np.isfinite(arm.upper[arm.arm])))
    targets = np.tile(arm.home[arm.arm], (400, 1))
    targets[:, joint] = np.linspace(arm.home[arm.arm][joint], arm.upper[arm.arm][joint], 400)
    for direction in np.concatenate([np.eye(3), -np.eye(3)]):
        steps = steps_of(arm, np.tile(0.2 * direction, (400, 1)), targets)
        full = arm.velocity_limits[arm.arm] * PERIOD
        assert (np.abs(np.diff(steps, axis=0)) / full).max() < 0.1


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_an_output_that_is_not_finite_stops_its_arm_alone(robot: Robot, value: float) -> None:
    targets = about_home(robot, 3, 0.5)
    actions = np.full((3, 3), 0.3)
    good = steps_of(robot, actions, targets)
    actions[1, 2] = value
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        steps = steps_of(robot, actions, targets)
    assert np.isnan(steps[1]).all()
    assert steps[[0, 2]].tobytes() == good[[0, 2]].tobytes()
    shield = Shield(robot, 3, PERIOD)
    shield.start(np.arange(3), with_arm(robot, targets))
    commanded = shield.next_targets(steps, targets)
    assert np.isfinite(commanded).all()
    assert (commanded[1] == targets[1]).all() and (commanded[0] != targets[0]).any()


def test_outputs_beyond_one_count_as_one(robot: Robot) -> None:
    targets = about_home(robot, 2, 0.5)
    actions = np.array([[1e300, -7.0, 0.5], [1.0, -1.0, 0.5]])
    steps = steps_of(robot, actions, targets[[0, 0]])
    assert steps[0].tobytes() == steps[1].tobytes()


def test_steps_are_finite_and_within_the_limits_in_every_posture(arm: Robot) -> None:
    random = np.random.default_rng(4)
    lower, upper = np.maximum(arm.lower, -20)[arm.arm], np.minimum(arm.upper, 20)[arm.arm]
    targets = random.uniform(lower, upper, (2000, len(lower)))
    # Also stretched out, and at the ends of all ranges, where Jacobians are singular.
    targets[:500] = np.where(random.random((500, len(lower))) < 0.5, lower, upper)
    targets[500] = 0.0
    steps = steps_of(arm, random.choice([-1.0, 0.0, 1.0], (2000, 3)), targets)
    assert np.isfinite(steps).all()
    assert (np.abs(steps) <= arm.velocity_limits[arm.arm] * PERIOD * (1 + 1e-12)).all()


def test_many_arms_are_each_as_if_alone_to_the_bit(arm: Robot) -> None:
    targets = about_home(arm, 64, 1.2)
    actions = np.random.default_rng(5).uniform(-1, 1, (64, 3))
    action = ToolIncrements(arm, PERIOD)

    def play(size: int) -> bytes:
        return b"".join(
            action.joint_steps(
                actions[i : i + size],
                with_arm(arm, targets[i : i + size]),
                targets[i : i + size],
            ).tobytes()
            for i in range(0, 64, size)
        )

    assert play(64) == play(16) == play(1)


def test_the_same_inputs_give_the_same_steps_and_stay_unchanged(robot: Robot) -> None:
    targets = about_home(robot, 5, 0.8)
    actions = np.random.default_rng(6).uniform(-1, 1, (5, 3)).astype(np.float32)
    kept = actions.copy(), targets.copy()
    first, again = steps_of(robot, actions, targets), steps_of(robot, actions, targets)
    assert first.tobytes() == again.tobytes() and first.dtype == np.float64
    np.testing.assert_array_equal(actions, kept[0])
    np.testing.assert_array_equal(targets, kept[1])


def test_where_the_orientation_is_free_only_three_rows_are_solved_to_the_bit(arm: Robot) -> None:
    targets = about_home(arm, 16, 0.2)
    actions = np.random.default_rng(7).uniform(-1, 1, (16, 3))
    action = ToolIncrements(arm, PERIOD)
    full = arm.velocity_limits[arm.arm] * PERIOD
    kinematics = Kinematics(arm, 16)
    kinematics.tool_positions(with_arm(arm, targets))
    jacobians = kinematics.tool_jacobian(arm.arm) * (full / action.scale[:, None])
    away = arm.home[arm.arm] - targets
    away = np.where(arm.endless[arm.arm], np.sin(away), away) / full
    pull = 0.3 * np.tanh(0.1 / 0.3 * away)
    wanted = actions - (jacobians @ pull[..., None])[..., 0]
    lower, upper = arm.lower[arm.arm], arm.upper[arm.arm]
    zone = np.where(np.isfinite(upper - lower), 0.05 * (upper - lower), 1.0)
    first = DampedInverse(jacobians, np.ones(targets.shape)).solve(wanted)
    room = np.where(first > 0.0, upper - targets, targets - lower)
    freedom = np.square(np.clip(room / zone, 0.0, 1.0))
    steps = pull + DampedInverse(jacobians, freedom).solve(wanted)
    steps = steps / np.maximum(np.abs(steps).max(axis=1, keepdims=True), 1.0) * full
    found = action.joint_steps(actions, with_arm(arm, targets), targets)
    assert found.tobytes() == steps.tobytes()
    assert action.outputs == ("tool/x", "tool/y", "tool/z")
