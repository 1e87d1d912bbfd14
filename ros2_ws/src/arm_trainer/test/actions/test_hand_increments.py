"""Hand increments move a hand over a table and keep, or turn, its orientation."""

import numpy as np
import pytest

from arm_sim.common.arrays import Floats
from arm_sim.robot.kinematics import Kinematics
from arm_sim.robot.robot import Robot
from arm_sim.scene.loader import load_robot
from arm_trainer.actions.hand_increments import (
    HandIncrements,
    HandPoseIncrements,
    HandYawIncrements,
)
from arm_trainer.actions.tool_increments import TOOL_OUTPUTS, ToolIncrements
from support.hands import SITE
from support.primitive_arms import FINGERS, JOINTS, chain, fingers, mjcf, servos, write_mjcf
from support.states import with_arm
from support.tabletop import tabletop

PERIOD = 0.05


@pytest.fixture(scope="module", params=["fetch_arm", "seven_axis_arm"])
def arm(request: pytest.FixtureRequest) -> Robot:
    """A built-in arm at home with its hand above the table."""
    return tabletop("lift", request.param).robot


@pytest.fixture(scope="module")
def five_joints(tmp_path_factory: pytest.TempPathFactory) -> Robot:
    """An arm that can't turn its hand about the vertical and hold its place as well."""
    five = JOINTS[:5]
    text = mjcf(
        chain(joints=5, end=SITE + fingers(), axes="zyyyz"), servos(*five, *FINGERS), name="five"
    )
    return tabletop("lift", write_mjcf(tmp_path_factory.mktemp("five"), text)).robot


def poses(robot: Robot, targets: Floats) -> tuple[Floats, Floats]:
    kinematics = Kinematics(robot, len(targets))
    return kinematics.tool_positions(with_arm(robot, targets)), kinematics.tool_rotations()


def angles(turns: Floats) -> Floats:
    """(N,) angles of rotations (N, 3, 3), degrees."""
    cosines = (np.trace(turns, axis1=1, axis2=2) - 1.0) / 2.0
    return np.degrees(np.arccos(np.clip(cosines, -1.0, 1.0)))


def go_through_the_workspace(
    robot: Robot, action: ToolIncrements, turn: float = 0.0
) -> tuple[Floats, Floats]:
    """Goes to places of the workspace; the tools' rotations in all periods, and how far it missed.

    Args:
        robot: The robot.
        action: The action.
        turn: The outputs after x, y and z.
    """
    places = np.random.default_rng(1).uniform(*robot.workspace, (30, 3))
    targets, seen = np.tile(robot.home[robot.arm], (30, 1)), []
    for _ in range(50):
        tools, rotations = poses(robot, targets)
        seen.append(rotations)
        outputs = np.full((30, len(action.outputs)), turn)
        outputs[:, :3] = np.clip((places - tools) / action.scale[:3], -1.0, 1.0)
        targets = targets + action.joint_steps(outputs, with_arm(robot, targets), targets)
    missed = np.linalg.norm(places - poses(robot, targets)[0], axis=1)
    return np.array(seen), missed


def test_the_hand_keeps_its_orientation_all_over_the_workspace(arm: Robot) -> None:
    seen, missed = go_through_the_workspace(arm, HandIncrements(arm, PERIOD))
    home = poses(arm, arm.home[None, arm.arm])[1][0]
    assert angles(seen.reshape(-1, 3, 3) @ home.T).max() < 3.0
    assert missed.max() < 0.002


def test_free_increments_would_not_keep_it(arm: Robot) -> None:
    seen, _ = go_through_the_workspace(arm, ToolIncrements(arm, PERIOD))
    home = poses(arm, arm.home[None, arm.arm])[1][0]
    assert angles(seen.reshape(-1, 3, 3) @ home.T).max() > 10.0


def test_a_lost_orientation_comes_back_while_the_tool_stays(arm: Robot) -> None:
    home = arm.home[arm.arm]
    targets = home + np.random.default_rng(2).uniform(-0.15, 0.15, (20, len(home)))
    targets = np.clip(targets, arm.lower[arm.arm], arm.upper[arm.arm])
    (before, turned), wanted = poses(arm, targets), poses(arm, home[None])[1][0]
    action = HandIncrements(arm, PERIOD)
    for _ in range(30):
        targets = targets + action.joint_steps(np.zeros((20, 3)), with_arm(arm, targets), targets)
    tools, rotations = poses(arm, targets)
    assert angles(turned @ wanted.T).max() > 8.0
    assert angles(rotations @ wanted.T).max() < 1.0
    assert np.linalg.norm(tools - before, axis=1).max() < 0.005


@pytest.mark.parametrize("sign", [1.0, -1.0])
def test_yaw_increments_turn_about_the_vertical_only(arm: Robot, sign: float) -> None:
    action = HandYawIncrements(arm, PERIOD)
    assert action.outputs == (*TOOL_OUTPUTS, "tool/yaw")
    targets = arm.home[None, arm.arm].copy()
    (before, start) = poses(arm, targets)
    for _ in range(4):
        outputs = np.array([[0.0, 0.0, 0.0, sign]])
        targets = targets + action.joint_steps(outputs, with_arm(arm, targets), targets)
    tools, rotations = poses(arm, targets)
    turn = rotations[0] @ start[0].T
    assert np.arctan2(turn[1, 0], turn[0, 0]) == pytest.approx(sign * 4 * action.scale[3], rel=0.1)
    assert np.degrees(np.arccos(turn[2, 2])) < 1.0
    assert np.linalg.norm(tools - before) < 0.003


@pytest.mark.parametrize("axis", [0, 1, 2])
def test_pose_increments_turn_about_each_axis(arm: Robot, axis: int) -> None:
    action = HandPoseIncrements(arm, PERIOD)
    assert action.outputs == (*TOOL_OUTPUTS, "tool/turn_x", "tool/turn_y", "tool/turn_z")
    targets = arm.home[None, arm.arm].copy()
    outputs = np.zeros((1, 6))
    outputs[0, 3 + axis] = 0.5
    (before, start) = poses(arm, targets)
    targets = targets + action.joint_steps(outputs, with_arm(arm, targets), targets)
    tools, rotations = poses(arm, targets)
    turn = rotations[0] @ start[0].T
    vector = 0.5 * np.array(
        [turn[2, 1] - turn[1, 2], turn[0, 2] - turn[2, 0], turn[1, 0] - turn[0, 1]]
    )
    wanted = 0.5 * action.scale[3] * np.eye(3)[axis]
    np.testing.assert_allclose(vector, wanted, rtol=0, atol=0.1 * wanted.max())
    assert np.linalg.norm(tools - before) < 0.002


@pytest.mark.parametrize("action", [HandIncrements, HandYawIncrements, HandPoseIncrements])
def test_an_arm_of_five_joints_keeps_its_tilt_and_has_no_outputs_that_turn(
    five_joints: Robot, action: type[HandIncrements]
) -> None:
    made = action(five_joints, PERIOD)
    assert made.outputs == TOOL_OUTPUTS and len(made.scale) == 3
    seen, missed = go_through_the_workspace(five_joints, made)
    home = poses(five_joints, five_joints.home[None, five_joints.arm])[1][0]
    tilts = np.degrees(np.arccos(np.clip((seen.reshape(-1, 3, 3) @ home[2])[:, 2], -1, 1)))
    assert tilts.max() < 3.0
    assert missed.max() < 0.002
    assert angles(seen.reshape(-1, 3, 3) @ home.T).max() > 20.0  # Its heading follows the place.


def test_a_step_is_a_small_share_of_the_workspace(arm: Robot) -> None:
    diagonal = np.linalg.norm(arm.workspace[1] - arm.workspace[0])
    for action in (HandIncrements, HandYawIncrements, HandPoseIncrements):
        assert (action(arm, PERIOD).scale[:3] <= 0.04 * diagonal).all()
    slow = load_robot("six_axis_arm")
    free, held = ToolIncrements(slow, 0.001).scale, HandIncrements(slow, 0.001).scale
    # What the joints can do in so short a period is less.
    np.testing.assert_array_equal(held[:3], free)


@pytest.mark.parametrize("action", [HandIncrements, HandYawIncrements, HandPoseIncrements])
@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_an_output_that_is_not_finite_stops_its_arm_alone(
    arm: Robot, action: type[HandIncrements], value: float
) -> None:
    made = action(arm, PERIOD)
    targets = np.tile(arm.home[arm.arm], (2, 1))
    outputs = np.full((2, len(made.outputs)), 0.3)
    good = made.joint_steps(outputs, with_arm(arm, targets), targets)
    outputs[0, -1] = value
    steps = made.joint_steps(outputs, with_arm(arm, targets), targets)
    assert np.isnan(steps[0]).all()
    assert steps[1].tobytes() == good[1].tobytes()
