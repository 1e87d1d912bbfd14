"""Tasks on a table begin where they can be done and are not done, and their demonstrations do them.

Each on the built-in arm: push, lift, place and stack.
"""

from pathlib import Path

import numpy as np
import pytest
import trimesh

from arm_sim.common.errors import UserError
from arm_sim.robot.robot import Robot
from arm_trainer.tasks.registry import TASKS
from arm_trainer.tasks.start import Start, take_starts
from arm_trainer.tasks.tabletop import Tabletop
from arm_trainer.tasks.task import weighted_sum
from support.states import task_state
from support.tabletop import TABLETOP, at_hand, demonstrated, episodes, still, tabletop, touched

COUNT = 150


@pytest.fixture(scope="module", params=TABLETOP)
def task(request: pytest.FixtureRequest) -> Tabletop:
    return tabletop(request.param)


@pytest.fixture(scope="module")
def own(task: Tabletop) -> Start:
    """The starts that an evaluation draws as well."""
    return take_starts(task.starts(np.random.default_rng(0)), COUNT)


@pytest.fixture(scope="module")
def assisted(task: Tabletop) -> dict[str, Start]:
    kinds = task.assisted_starts(np.random.default_rng(1))
    return {kind: take_starts(starts, COUNT // 3) for kind, starts in kinds.items()}


@pytest.fixture(scope="module")
def lift() -> Tabletop:
    return tabletop("lift")


def test_every_start_is_within_the_limits(
    task: Tabletop, own: Start, assisted: dict[str, Start]
) -> None:
    robot = task.robot
    assert set(assisted) == {"above", "around", "holding"}
    for starts in (own, *assisted.values()):
        assert (starts.positions >= robot.lower - 1e-9).all()
        assert (starts.positions <= robot.upper + 1e-9).all()


def test_a_hand_touches_no_object_before_it_is_to_hold_one(
    task: Tabletop, own: Start, assisted: dict[str, Start]
) -> None:
    for starts in (own, assisted["above"]):
        for start in starts:
            assert not touched(task.robot, start)
    assert not any("lower_cube" in touched(task.robot, start) for start in assisted["around"])
    assert all(touched(task.robot, start) == {"cube"} for start in assisted["holding"])


def test_objects_stand_upright_on_the_table_apart_and_where_the_hand_can_go(
    task: Tabletop, own: Start, assisted: dict[str, Start]
) -> None:
    lower, upper = task.robot.workspace[:, :2]
    for starts in (own, assisted["above"], assisted["around"]):
        assert starts.objects.shape[1:] == (len(task.names), 7)
        np.testing.assert_allclose(starts.objects[..., 2], task.table + task.half)
        assert (starts.objects[..., 3:5] == 0.0).all()
        places = starts.objects[..., :2]
        assert ((places >= lower - 0.03) & (places <= upper + 0.03)).all()
        assert (np.ptp(places[:, 0], axis=0) > 0.5 * (upper - lower)).all()
    for starts in (own, *assisted.values()):
        if len(task.names) == 2:
            apart = starts.objects[:, 0, :2] - starts.objects[:, 1, :2]
            assert np.linalg.norm(apart, axis=1).min() > 1.5 * task.width


def test_a_hand_around_an_object_does_not_fling_it_away(
    task: Tabletop, assisted: dict[str, Start]
) -> None:
    if not task.moves_gripper:
        pytest.skip("Its hand closes at once.")
    starts = assisted["around"]
    env, outputs = episodes(task, len(starts)), np.zeros((len(starts), 4))
    env.begin(np.arange(len(starts)), starts)
    outputs[:, 3] = 2.0 * task.robot.gripper_opening(starts.positions) - 1.0
    for _ in range(4):
        env.step(outputs)
    moved = np.linalg.norm((env.state.objects - starts.objects)[:, 0, :3], axis=1)
    assert moved.max() < 0.01 and np.median(moved) < 0.001


def test_nothing_is_done_or_lost_at_the_beginning(task: Tabletop, own: Start) -> None:
    env = episodes(task, COUNT)
    env.begin(np.arange(COUNT), own)
    for _ in range(3):
        assert not task.failed(env.state).any()
        assert not task.achieved(env.state).any()
        env.step(still(env))


def test_equal_seeds_draw_equal_starts(task: Tabletop, own: Start) -> None:
    again = take_starts(task.starts(np.random.default_rng(0)), 20)
    other = take_starts(task.starts(np.random.default_rng(2)), 20)
    for name in ("positions", "goal", "objects"):
        assert getattr(again, name).tobytes() == getattr(own[:20], name).tobytes()
        assert getattr(other, name).tobytes() != getattr(own[:20], name).tobytes()


def test_goals_are_where_the_task_wants_them(task: Tabletop, own: Start) -> None:
    on_table, way = task.table + task.half, own.goal - own.objects[:, 0, :3]
    lower, upper = task.robot.workspace
    if task.name == "lift":
        height = own.goal[:, 2] - on_table
        assert height.min() >= 0.05 and 0.15 < height.max() <= 0.20 + 1e-9
    elif task.name == "stack":
        on_top = own.objects[:, 1, :3] + [0.0, 0.0, 2 * task.half]
        np.testing.assert_allclose(own.goal, on_top)
    else:
        np.testing.assert_allclose(own.goal[:, 2], on_table)
        assert np.linalg.norm(way, axis=1).min() >= task.config.shortest_way
    assert ((own.goal[:, :2] >= lower[:2]) & (own.goal[:, :2] <= upper[:2])).all()
    assert (np.ptp(own.goal[:, :2], axis=0) > 0.5 * (upper - lower)[:2]).all()


def test_a_goal_on_an_object_goes_with_it_and_any_other_stays(task: Tabletop, own: Start) -> None:
    moved = own.objects + np.array([0.02, -0.01, 0.03, 0, 0, 0, 0])
    found = task.present_goals(own.goal, moved)
    way = [0.02, -0.01, 0.03] if task.name == "stack" else [0.0, 0.0, 0.0]
    np.testing.assert_allclose(found - own.goal, np.tile(way, (COUNT, 1)), atol=1e-12)


def test_half_of_the_held_objects_are_nearly_at_their_goal(
    task: Tabletop, assisted: dict[str, Start]
) -> None:
    if task.name == "stack":
        pytest.skip("Its goal is where the lower cube is.")
    held = assisted["holding"]
    away = np.linalg.norm((held.goal - held.objects[:, 0, :3])[:, :2], axis=1)
    assert 0.3 < (away < 0.04 * np.sqrt(2)).mean() < 0.8


def test_every_reward_term_has_a_weight_and_rewards_stay_finite(
    task: Tabletop, assisted: dict[str, Start]
) -> None:
    env, random = episodes(task, 12), np.random.default_rng(3)
    env.begin(np.arange(12), assisted["holding"][:12])
    for _ in range(8):
        actions = random.uniform(-1, 1, (12, len(env.interface.outputs)))
        result = env.step(actions)
        terms = task.reward(env.state, actions, result.success)
        assert set(terms) == set(vars(task.config.reward))
        assert all(np.isfinite(values).all() for values in terms.values())
        np.testing.assert_allclose(result.rewards, weighted_sum(terms, task.config.reward))
        # Up to 0.2 a period until success, which is worth as much for ever.
        assert (result.rewards - 4.0 * result.success < 0.2).all()
        assert set(result.metrics) == {"distance", *task.stages(env.state)}


def test_success_is_worth_more_than_all_other_rewards_for_ever(task: Tabletop) -> None:
    weights = dict(vars(task.config.reward))
    success = weights.pop("success")
    for_ever = sum(weight for weight in weights.values() if weight > 0) / (1 - 0.95)
    assert success == pytest.approx(for_ever)


def test_the_demonstration_does_the_task(task: Tabletop) -> None:
    succeeded = demonstrated(episodes(task, 20), task.config.max_periods)
    assert succeeded.mean() >= (0.6 if task.name == "push" else 0.9)


def test_a_lost_object_fails_and_one_that_is_carried_outside_does_not(task: Tabletop) -> None:
    lower, upper = task.robot.workspace
    on_table = task.table + task.half
    state = task_state(task.robot, np.tile(task.robot.home, (5, 1)))
    state.objects[:, -1, :3] = [
        [*(lower + upper)[:2] / 2, on_table],
        [upper[0] + 0.05, lower[1], on_table],  # The hand still reaches it.
        [upper[0] + 0.07, lower[1], on_table],
        [upper[0] + 0.07, lower[1], on_table + 0.1],
        [*(lower + upper)[:2] / 2, task.table - 0.001],
    ]
    assert task.failed(state).tolist() == [False, False, True, False, True]


def at_goal(task: Tabletop, **given: float) -> bool:
    """Whether the goal is achieved with the first object there."""
    state = at_hand(task, given.get("opening", 1.0), given.get("target"))
    state.goal[:] += [given.get("beside", 0.0), 0.0, given.get("above", 0.0)]
    state.object_velocities[:, 0, 0] = given.get("speed", 0.0)
    if task.name == "stack":
        state.objects[:, 1, :3] = state.goal - [0.0, 0.0, 2 * task.half]
    return bool(task.achieved(state)[0])


def test_a_task_is_achieved_within_its_tolerance(task: Tabletop) -> None:
    tolerance = task.config.tolerance
    assert at_goal(task)
    assert at_goal(task, beside=tolerance - 1e-6) and not at_goal(task, beside=tolerance + 1e-6)


def test_an_object_is_placed_once_the_hand_has_let_go_of_it_and_it_rests(task: Tabletop) -> None:
    puts_down = task.name in ("place", "stack")
    held = task.grasp.opening
    assert at_goal(task, opening=held) != puts_down
    # It is wide open, but told to close; or told to open, and not yet open.
    assert at_goal(task, opening=1.0, target=0.0) != puts_down
    assert at_goal(task, opening=held, target=1.0) != puts_down
    assert at_goal(task, above=0.02) != puts_down
    assert at_goal(task, speed=0.1) == (task.name == "lift")


def test_what_a_task_observes_is_named(task: Tabletop) -> None:
    interface = episodes(task, 1).interface
    columns = interface.observation_names
    assert len(set(columns)) == len(columns)
    for name in ("object_from_tool/cube/x", "goal_near_object/cube/z", "object_heading/cube/sin4"):
        assert name in columns
    assert ("gripper_squeeze" in columns) == task.moves_gripper
    assert ("object_heading/lower_cube/cos4" in columns) == (task.name == "stack")


def test_an_arm_without_a_gripper_is_refused_in_one_sentence() -> None:
    for name in TABLETOP:
        with pytest.raises(UserError) as caught:
            tabletop(name, "six_axis_arm")
        said = str(caught.value)
        assert said.startswith(f"The task '{name}' needs a gripper, and six_axis_arm has none")
        assert "valid: the task 'reach'" in said and "\n" not in said


def test_an_object_that_does_not_fit_between_the_fingers_is_refused(lift: Tabletop) -> None:
    opening = lift.grasp.hand.opening
    with pytest.raises(UserError, match=r"lift.object is 0.2 m wide; the gripper of fetch_arm ope"):
        tabletop("lift", object={"size": [0.2, 0.03, 0.03]})
    with pytest.raises(UserError, match="valid: less than that"):
        tabletop("lift", object={"size": [1.01 * opening, 0.03, 0.03]})


def test_an_unknown_shape_or_size_is_refused() -> None:
    with pytest.raises(UserError, match=r"'object.shape' is 'torus': Input should be 'box', 'cyl"):
        tabletop("lift", object={"shape": "torus"})
    with pytest.raises(UserError, match=r"^lift\.object: size has 3 numbers; a cylinder has 2"):
        tabletop("lift", object={"shape": "cylinder", "size": [0.03, 0.03, 0.03]})
    with pytest.raises(UserError, match=r"'object\.mass' is 0: Input should be greater than 0"):
        tabletop("lift", object={"mass": 0})


@pytest.mark.parametrize(
    "given",
    [
        {"shape": "cylinder", "size": [0.04, 0.07]},
        {"shape": "sphere", "size": [0.044]},
        {"shape": "box", "size": [0.03, 0.03, 0.08], "mass": 0.2},
        {"shape": "cylinder"},
        {"shape": "sphere"},
    ],
    ids=lambda given: "_".join([given["shape"], *map(str, given.get("size", ["default"]))]),
)
def test_objects_of_every_shape_rest_and_do_not_fall_over(given: dict[str, object]) -> None:
    task = tabletop("lift", object=given)
    env = episodes(task, 12)
    starts = take_starts(task.starts(np.random.default_rng(0)), 12)
    env.begin(np.arange(12), starts)
    for _ in range(15):
        env.step(still(env))
    found = env.state.objects[:, 0]
    assert np.linalg.norm(found[:, :3] - starts.objects[:, 0, :3], axis=1).max() < 0.004
    if given["shape"] != "sphere":
        x, y = found[:, 3], found[:, 4]
        assert (1.0 - 2.0 * (x**2 + y**2)).min() > np.cos(np.radians(2.0))


@pytest.mark.parametrize(
    "given", [{"shape": "cylinder", "size": [0.04, 0.07]}, {"shape": "sphere", "size": [0.044]}]
)
def test_objects_of_every_shape_can_be_lifted(given: dict[str, object]) -> None:
    assert demonstrated(episodes(tabletop("lift", object=given), 10), 100).mean() >= 0.8


def test_the_default_cube_is_what_another_gripper_can_grasp() -> None:
    task = tabletop("lift", "seven_axis_arm")
    assert 0.0 < task.width < task.grasp.hand.opening
    assert demonstrated(episodes(task, 10), 100).mean() >= 0.9


def test_a_mesh_is_as_large_as_its_file_says_and_stands_on_the_table(tmp_path: Path) -> None:
    """In mm, with the origin below its corner."""
    block = trimesh.creation.box((40.0, 40.0, 60.0)).apply_translation([0.0, 0.0, 33.0])
    block.export(tmp_path / "block.stl")
    given = {"shape": "mesh", "file": str(tmp_path / "block.stl")}
    task = tabletop("lift", object={**given, "size": [0.001]})
    assert task.width == pytest.approx(0.04) and task.half == pytest.approx(-0.003)
    env = episodes(task, 8)
    starts = take_starts(task.starts(np.random.default_rng(0)), 8)
    env.begin(np.arange(8), starts)
    for _ in range(15):
        env.step(still(env))
    assert np.abs((env.state.objects - starts.objects)[:, 0, :3]).max() < 0.002
    assert demonstrated(episodes(task, 8), 100).mean() >= 0.8
    with pytest.raises(UserError, match=r"lift\.object is 40 m wide"):
        tabletop("lift", object=given)
    with pytest.raises(UserError, match=r"^lift\.object: there is no mesh file 'absent\.stl'"):
        tabletop("lift", object={"shape": "mesh", "file": "absent.stl"})


def test_settings_of_an_object_reach_the_simulated_one() -> None:
    task = tabletop("lift", object={"mass": 0.123, "friction": 0.7, "size": [0.03, 0.03, 0.05]})
    model = task.robot.model
    geom = model.geom(int(model.body("cube").geomadr[0]))
    assert float(model.body("cube").mass[0]) == pytest.approx(0.123)
    assert float(geom.friction[0]) == 0.7
    np.testing.assert_allclose(geom.size, [0.015, 0.015, 0.025])
    assert (task.width, task.half) == (0.03, 0.025)


def test_a_scene_without_the_tasks_objects_is_refused_in_one_sentence(
    robot: Robot, lift: Tabletop
) -> None:
    with pytest.raises(
        UserError, match=r"'lift' needs the objects cube; the scene of fetch_arm has n"
    ):
        type(lift)(robot)
    with pytest.raises(UserError, match=r"needs the objects cube, lower_cube; .* has cube"):
        TASKS.find("stack")(lift.robot)
