"""Objects are where they are put, as ROS says it; they obey physics, and the goal does not."""

import mujoco
import numpy as np
import pytest

from arm_sim.robot.robot import Robot
from arm_sim.simulation.simulation import Simulation
from support.object_scene import TABLE, robot_with_objects

ARMS = 3
CUBE, CAN = 0, 1


@pytest.fixture(scope="module")
def robot() -> Robot:
    return robot_with_objects()


@pytest.fixture
def simulation(robot: Robot) -> Simulation:
    return Simulation(robot, ARMS, threads=1)


def random_states(shape: tuple[int, ...], seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Poses (…, 7) well above the table, turned anyhow, and velocities (…, 6)."""
    random = np.random.default_rng(seed)
    poses, velocities = random.normal(size=(*shape, 7)), random.normal(size=(*shape, 6))
    poses[..., :3] = random.uniform((0.6, -0.4, 1.5), (1.0, 0.4, 2.5), (*shape, 3))
    poses[..., 3:] /= np.linalg.norm(poses[..., 3:], axis=-1, keepdims=True)
    return poses, velocities


def everything(simulation: Simulation) -> dict[str, np.ndarray]:
    """A copy of all numbers from which the simulation goes on."""
    return {
        "positions": simulation.positions.copy(),
        "velocities": simulation.velocities.copy(),
        "commands": simulation.commands,
        "poses": simulation.objects.poses,
        "object velocities": simulation.objects.velocities,
        "goals": simulation.goals.copy(),
    }


def test_objects_start_at_home_at_rest(robot: Robot, simulation: Simulation) -> None:
    expected = np.tile(robot.object_home, (ARMS, 1, 1))
    np.testing.assert_allclose(simulation.objects.poses, expected, rtol=0, atol=1e-15)
    assert not simulation.objects.velocities.any()
    assert simulation.objects.poses.shape == (ARMS, 2, 7)
    np.testing.assert_allclose(robot.object_home[CUBE, 3:], [0, 0, np.sin(0.2), np.cos(0.2)])


def test_states_that_are_placed_are_read_back(simulation: Simulation) -> None:
    poses, velocities = random_states((ARMS, 2))
    simulation.place_objects(np.ones((ARMS, 2), bool), poses, velocities)
    np.testing.assert_array_equal(simulation.objects.poses, poses)
    np.testing.assert_allclose(simulation.objects.velocities, velocities, rtol=0, atol=1e-14)


def test_states_are_those_of_mujocos_body(robot: Robot, simulation: Simulation) -> None:
    """Rotated objects: the rotation is the body's, and both velocities are in the base frame."""
    poses, velocities = random_states((ARMS, 2))
    simulation.place_objects(np.ones((ARMS, 2), bool), poses, velocities)
    model, data = robot.model, mujoco.MjData(robot.model)
    found, turn = np.empty(6), np.empty(9)
    for arm in range(ARMS):
        data.qpos[:] = simulation.batch.bind("qpos")[arm]
        data.qvel[:] = simulation.batch.bind("qvel")[arm]
        mujoco.mj_forward(model, data)
        for number, name in enumerate(robot.objects):
            x, y, z, w = poses[arm, number, 3:]
            mujoco.mju_quat2Mat(turn, np.array([w, x, y, z]))
            np.testing.assert_allclose(data.body(name).xpos, poses[arm, number, :3])
            np.testing.assert_allclose(data.body(name).xmat, turn, rtol=0, atol=1e-12)
            kind, body = mujoco.mjtObj.mjOBJ_XBODY.value, model.body(name).id
            mujoco.mj_objectVelocity(model, data, kind, body, found, 0)
            linear, angular = found[3:], found[:3]
            expected = velocities[arm, number]
            np.testing.assert_allclose([*linear, *angular], expected, rtol=0, atol=1e-12)


def test_a_free_object_goes_on_turning_as_it_was_told(simulation: Simulation) -> None:
    """About its own z, lying on its side: in the base frame that is the y axis."""
    poses, velocities = random_states((ARMS, 2))
    half = np.sqrt(0.5)
    poses[:, CAN, 3:] = (half, 0.0, 0.0, half)  # Its z is -y.
    velocities[:, CAN] = (0.0, 0.0, 0.0, 0.0, -2.0, 0.0)
    simulation.place_objects(np.ones((ARMS, 2), bool), poses, velocities)
    for _ in range(2):
        simulation.step(simulation.commands)
    found = simulation.objects.velocities[:, CAN, 3:]
    np.testing.assert_allclose(found, np.tile([0.0, -2.0, 0.0], (ARMS, 1)), rtol=0, atol=1e-3)
    turned = simulation.objects.poses[:, CAN, 3:]
    assert not np.allclose(turned, poses[:, CAN, 3:], atol=1e-3)


def test_placing_one_object_leaves_all_else_bit_equal(simulation: Simulation) -> None:
    poses, velocities = random_states((ARMS, 2))
    simulation.place_objects(np.ones((ARMS, 2), bool), poses, velocities)
    simulation.step(simulation.commands + 0.05)
    solution = simulation.batch.bind("qacc_warmstart")
    before, solved = everything(simulation), solution.copy()
    counts = simulation.reset_counts.copy()
    mask = np.zeros((ARMS, 2), bool)
    mask[1, CAN] = True
    others, speeds = random_states((ARMS, 2), seed=1)
    simulation.place_objects(mask, others, speeds)
    # What the solver remembers is forgotten for that arm alone.
    assert not solution[1].any() and solved.any(axis=1).all()
    np.testing.assert_array_equal(solution[[0, 2]], solved[[0, 2]])
    np.testing.assert_array_equal(simulation.reset_counts - counts, [0, 1, 0])
    after = everything(simulation)
    for name, was in before.items():
        now = after[name]
        if name in ("poses", "object velocities"):
            assert (now[mask] != was[mask]).all()
            was, now = was[~mask], now[~mask]
        assert now.tobytes() == was.tobytes(), name


def test_placing_forgets_the_past_of_that_arm_alone(robot: Robot, simulation: Simulation) -> None:
    """What follows is what follows in a simulation in which nothing else ever happened."""
    for _ in range(5):
        simulation.step(simulation.commands + 0.02)
    fresh, goes_on = Simulation(robot, ARMS, threads=1), Simulation(robot, ARMS, threads=1)
    for _ in range(5):
        goes_on.step(goes_on.commands + 0.02)
    poses, velocities = random_states((ARMS, 2))
    mask = np.zeros((ARMS, 2), bool)
    mask[1] = True
    for each in (simulation, fresh):
        each.place_arms(np.array([1]), robot.home[None])
        each.place_objects(mask, poses, velocities)
    for _ in range(5):
        for each in (simulation, fresh, goes_on):
            each.step(np.tile(robot.home[robot.command_indices], (ARMS, 1)))
    found = everything(simulation)
    for name, values in everything(fresh).items():
        assert found[name][1].tobytes() == values[1].tobytes(), name
    for name, values in everything(goes_on).items():
        assert found[name][[0, 2]].tobytes() == values[[0, 2]].tobytes(), name


def test_objects_fall_and_come_to_rest_on_the_table_or_the_floor(simulation: Simulation) -> None:
    poses, velocities = np.zeros((ARMS, 2, 7)), np.zeros((ARMS, 2, 6))
    poses[..., 6] = 1.0
    poses[:, CUBE, :3], poses[:, CAN, :3] = (0.8, 0.3, TABLE + 0.2), (1.5, 0.0, 0.3)
    simulation.place_objects(np.ones((ARMS, 2), bool), poses, velocities)
    simulation.step(simulation.commands)
    assert (simulation.objects.velocities[..., 2] < -0.4).all()
    for _ in range(40):
        simulation.step(simulation.commands)
    assert np.abs(simulation.objects.velocities).max() < 1e-2
    heights = simulation.objects.poses[..., 2]
    np.testing.assert_allclose(heights[:, CUBE], TABLE + 0.025, rtol=0, atol=1e-3)
    np.testing.assert_allclose(heights[:, CAN], 0.05, rtol=0, atol=1e-3)


def test_states_are_laid_out_as_in_a_message(simulation: Simulation) -> None:
    """The sum of three numbers depends on their layout, and both backends must agree to the bit."""
    assert simulation.objects.poses.flags.c_contiguous
    assert simulation.objects.velocities.flags.c_contiguous
