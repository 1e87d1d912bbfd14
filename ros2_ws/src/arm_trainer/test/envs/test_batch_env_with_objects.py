"""Objects stay where they are from goal to goal; once one is lost, the episode has failed."""

import numpy as np
import pytest

from arm_trainer.envs.batch_env import BatchEnv
from arm_trainer.tasks.start import Start, take_starts
from support.tabletop import episodes, still, tabletop

# Every episode would be continued.
STAYING = {"max_periods": 6, "stay_after_failure": 1.0, "stay_after_success": 1.0}


def starts_of(env: BatchEnv, seed: int = 0) -> Start:
    drawn = env.interface.task.starts(np.random.default_rng(seed))
    return take_starts(drawn, env.num_arms)


def play(env: BatchEnv, periods: int) -> list[np.ndarray]:
    return [env.step(still(env)).done for _ in range(periods)]


def drop(env: BatchEnv, arm: int) -> None:
    """Begins episodes of all arms; one's last object is off the table."""
    starts = starts_of(env)
    starts.objects[arm, -1, 1] = env.interface.robot.workspace[1, 1] + 0.1
    env.begin(np.arange(env.num_arms), starts)


@pytest.mark.parametrize("name", ["lift", "stack"])
def test_an_episode_ends_as_failed_once_an_object_is_lost(name: str) -> None:
    env = episodes(tabletop(name, **STAYING), 3)
    drop(env, arm=1)
    result = env.step(still(env))
    assert result.failed.tolist() == result.done.tolist() == [False, True, False]
    assert result.terminated.tolist() == [False, True, False]
    assert not result.success.any() and not result.truncated.any()


def test_what_has_failed_is_never_continued() -> None:
    env = episodes(tabletop("lift", **STAYING), 3)
    for _ in range(5):
        drop(env, arm=1)
        play(env, 6)
        before = env.state
        env.autoreset(np.arange(3))
        assert not env.interface.task.failed(env.state).any()
        for name in ("objects", "positions"):
            moved, expected = getattr(env.state, name), getattr(before, name)
            # Where an object is placed anew it is normalised, so only nearly the same.
            np.testing.assert_allclose(moved[[0, 2]], expected[[0, 2]], atol=1e-9)
            assert np.abs(moved[1] - expected[1]).max() > 0.01


def test_a_continued_episode_of_stacking_has_its_cubes_placed_anew() -> None:
    env = episodes(tabletop("stack", **STAYING), 3)
    env.begin(np.arange(3), starts_of(env))
    play(env, 6)
    before = env.state
    env.autoreset(np.arange(3))
    np.testing.assert_array_equal(env.state.positions, before.positions)
    moved = np.linalg.norm((env.state.objects - before.objects)[..., :3], axis=2)
    assert moved.min() > 1e-3
    on_top = env.state.objects[:, 1, :3] + [0.0, 0.0, 2 * env.interface.task.half]
    np.testing.assert_allclose(env.state.goal, on_top)


@pytest.mark.parametrize("name", ["lift", "push", "place"])
def test_objects_stay_where_they_are_when_the_goal_changes(name: str) -> None:
    env = episodes(tabletop(name), 3)
    env.begin(np.arange(3), starts_of(env))
    play(env, 4)
    before, others = env.state, starts_of(env, seed=1)
    env.go_on(np.array([0, 2]), others[np.array([0, 2])])
    assert env.state.objects.tobytes() == before.objects.tobytes()
    assert env.state.positions.tobytes() == before.positions.tobytes()
    np.testing.assert_array_equal(env.state.goal[[0, 2]], others.goal[[0, 2]])
    np.testing.assert_array_equal(env.state.goal[1], before.goal[1])


def test_the_next_goal_of_stacking_comes_with_cubes_that_are_placed_anew() -> None:
    env = episodes(tabletop("stack"), 2)
    env.begin(np.arange(2), starts_of(env))
    play(env, 4)
    before, others = env.state, starts_of(env, seed=1)
    env.go_on(np.array([1]), others[np.array([1])])
    np.testing.assert_allclose(env.state.objects[1], others.objects[1], atol=1e-12)
    assert env.state.objects[0].tobytes() == before.objects[0].tobytes()
    assert env.state.positions.tobytes() == before.positions.tobytes()


def test_only_trainings_begin_with_assisted_starts() -> None:
    """`reset` and `autoreset` draw them, `begin` and `go_on` are given the task's own."""
    env = episodes(tabletop("lift"), 60)
    env.reset(np.arange(60))
    task = env.interface.task
    lifted = env.state.objects[:, 0, 2] > task.table + task.half + 0.01
    assert 3 < lifted.sum() < 20  # Half of a quarter of them are held above the table.
