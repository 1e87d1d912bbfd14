"""The Fetch arm moves in its composed scene as it did in the hand-made one, to the bit."""

from pathlib import Path

import mujoco
import numpy as np
import pytest

from arm_sim.robot.robot import Robot

WHOLE_FETCH = Path(__file__).parent / "models" / "whole_fetch_arm.xml"
# Commands of lift and elbow that press the arm onto the table, rad.
PRESSING = {1: 1.0, 3: 0.5}


def trajectory(
    model: mujoco.MjModel, home: np.ndarray, pressing: dict[int, float]
) -> tuple[np.ndarray, int]:
    """(T, nq + nv) states under commands that wander, and how many contacts there were."""
    data, random = mujoco.MjData(model), np.random.default_rng(0)
    data.qpos[:], data.ctrl[:] = home, home[: model.nu]
    states, contacts = [], 0
    for _ in range(200):
        data.ctrl[:] += random.uniform(-0.2, 0.2, model.nu)
        for actuator, command in pressing.items():
            data.ctrl[actuator] = command
        mujoco.mj_step(model, data, nstep=10)
        states.append(np.concatenate([data.qpos, data.qvel]))
        contacts += data.ncon
    return np.array(states), contacts


@pytest.mark.parametrize("pressing", [{}, PRESSING], ids=["free", "pressing onto the table"])
def test_the_physics_are_those_of_the_former_scene(
    robot: Robot, pressing: dict[int, float]
) -> None:
    spec = mujoco.MjSpec.from_file(str(WHOLE_FETCH))
    spec.delete(spec.body("target"))  # It had joints, the goal has none.
    former = spec.compile()
    expected, contacts = trajectory(former, robot.home, pressing)
    found, found_contacts = trajectory(robot.model, robot.home, pressing)
    assert found.tobytes() == expected.tobytes()
    assert found_contacts == contacts > 0


def test_what_stands_around_is_where_it_was(robot: Robot) -> None:
    former = mujoco.MjModel.from_xml_path(str(WHOLE_FETCH))
    before, now = mujoco.MjData(former), mujoco.MjData(robot.model)
    mujoco.mj_forward(former, before)
    mujoco.mj_forward(robot.model, now)
    for name in ("table_top", "table_foot"):
        np.testing.assert_allclose(now.geom(name).xpos, before.geom(name).xpos, atol=1e-12)
        np.testing.assert_allclose(robot.model.geom(name).size, former.geom(name).size, atol=1e-12)
    for name in robot.cameras:
        np.testing.assert_allclose(now.camera(name).xpos, before.camera(name).xpos, atol=1e-12)
        np.testing.assert_allclose(now.camera(name).xmat, before.camera(name).xmat, atol=1e-12)
