"""Observations are what their columns' names say, and only terms that exist can be asked for."""

import numpy as np
import pytest

from arm_sim.common.errors import UserError
from arm_sim.robot.kinematics import Kinematics
from arm_sim.robot.robot import Robot
from arm_trainer.tasks.observation_terms import TERMS, Observation
from support.states import task_state


@pytest.fixture(scope="module")
def observation(robot: Robot) -> Observation:
    """Every term there is."""
    return Observation(robot, list(TERMS))


def test_every_observation_is_what_its_name_says(robot: Robot, observation: Observation) -> None:
    random = np.random.default_rng(0)
    shape = (3, len(robot.joint_names))
    positions, velocities = random.normal(size=shape), random.normal(size=shape)
    opening, commanded = np.array([0.0, 0.3, 1.0]), np.array([0.1, 0.0, 1.0])
    positions[:, robot.gripper] = robot.gripper_command(opening)
    kinematics = Kinematics(robot, 3)
    tool = kinematics.tool_positions(positions)
    target = random.normal(size=(3, 3))
    # The joints' targets lead by one of a kind each.
    lead = random.normal(size=(3, len(robot.arm)))
    targets = positions[:, robot.arm] + lead
    observed = observation(
        task_state(
            robot,
            positions,
            velocities=velocities,
            tool=tool,
            goal=target,
            joint_targets=targets,
            gripper_target=commanded,
        )
    )
    home = kinematics.tool_positions(np.tile(robot.home, (3, 1)))
    ahead = positions.copy()
    ahead[:, robot.arm] = targets
    tool_lead = kinematics.tool_positions(ahead) - tool
    assert observed.dtype == np.float32
    assert observed.shape == (3, len(observation.names)) == (3, 42)
    arm = [robot.joint_names[i] for i in robot.arm]
    for column, name, scale in zip(observed.T, observation.names, observation.scale, strict=True):
        what, _, which = name.partition("/")
        expected = {
            "position": lambda which=which: positions[:, robot.joint_names.index(which)],
            "position_sin": lambda which=which: np.sin(
                positions[:, robot.joint_names.index(which)]
            ),
            "position_cos": lambda which=which: np.cos(
                positions[:, robot.joint_names.index(which)]
            ),
            "velocity": lambda which=which: velocities[:, robot.joint_names.index(which)],
            "tool": lambda which=which: tool[:, "xyz".index(which)],
            "target": lambda which=which: target[:, "xyz".index(which)],
            "target_from_tool": lambda which=which: (target - tool)[:, "xyz".index(which)],
            "tool_from_home": lambda which=which: (tool - home)[:, "xyz".index(which)],
            "gripper_opening": lambda: opening,
            "gripper_target": lambda: commanded,
            "gripper_squeeze": lambda: opening - commanded,
            "lead": lambda which=which: lead[:, arm.index(which)],
            "tool_lead": lambda which=which: tool_lead[:, "xyz".index(which)],
        }[what]()
        np.testing.assert_allclose(column, expected * scale, rtol=1e-6, atol=1e-7, err_msg=name)


def test_names_and_scales_are_one_each(robot: Robot, observation: Observation) -> None:
    names = observation.names
    assert len(set(names)) == len(names) == len(observation.scale)
    arm = [robot.joint_names[i] for i in robot.arm]
    endless = [robot.joint_names[i] for i in robot.arm if robot.endless[i]]
    assert names[:17] == (
        *(f"position/{n}" for n in arm if n not in endless),
        *(f"position_sin/{n}" for n in endless),
        *(f"position_cos/{n}" for n in endless),
        *(f"velocity/{n}" for n in arm),
    )
    assert names[-10:] == (*(f"lead/{n}" for n in arm), *(f"tool_lead/{a}" for a in "xyz"))
    scales = dict(zip(names, observation.scale, strict=True))
    scale_of = {
        "velocity": 0.5,
        "target_from_tool": 10.0,
        "tool_from_home": 5.0,
        "gripper_squeeze": 4.0,
        "lead": 5.0,
        "tool_lead": 10.0,
    }
    for name, scale in scales.items():
        assert scale == scale_of.get(name.partition("/")[0], 1.0)


def test_an_endless_joint_looks_the_same_after_a_full_turn(
    robot: Robot, observation: Observation
) -> None:
    positions = np.tile(robot.home, (2, 1))
    positions[1, robot.endless] += 4 * np.pi
    seen = observation(task_state(robot, positions))
    np.testing.assert_allclose(seen[0], seen[1], atol=1e-6)


def test_columns_come_in_the_order_of_the_terms(robot: Robot) -> None:
    chosen = Observation(robot, ["tool_position", "gripper_opening"])
    assert chosen.names == ("tool/x", "tool/y", "tool/z", "gripper_opening")


def test_an_unknown_term_names_those_there_are(robot: Robot) -> None:
    with pytest.raises(UserError, match=r"Unknown observation term 'smell' \(valid: joint_pos"):
        Observation(robot, ["smell"])
