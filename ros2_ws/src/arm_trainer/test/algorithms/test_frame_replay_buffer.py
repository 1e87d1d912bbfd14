"""Each frame is stored once, and yet samples are those of SB3's own buffer, to the bit."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from gymnasium import spaces
from stable_baselines3 import SAC
from stable_baselines3.common.buffers import DictReplayBuffer

from arm_sim.robot.robot import Robot
from arm_trainer.algorithms.frame_replay_buffer import FrameReplayBuffer
from arm_trainer.backends.camera_views import Views
from arm_trainer.backends.in_process import InProcessBackend
from arm_trainer.envs.batch_env import BatchEnv
from arm_trainer.envs.frame_stack import FrameStack
from arm_trainer.envs.policy_interface import PolicyInterface
from arm_trainer.envs.sb3_vec_env import ArmVecEnv
from arm_trainer.tasks.reach import Reach, ReachConfig
from arm_trainer.training.checkpoint import load_checkpoint, save_checkpoint
from arm_trainer.training.run_folder import RunFolder

VIEWS = Views(("a", "b"), size=8, stack=4)
STATE = spaces.Box(-1, 1, (2,), np.float32)
ACTION = spaces.Box(-1, 1, (3,), np.float32)


def space(views: Views) -> spaces.Dict:
    return spaces.Dict({"images": spaces.Box(0, 255, views.shape, np.uint8), "state": STATE})


def buffers(size: int, envs: int) -> tuple[FrameReplayBuffer, DictReplayBuffer]:
    common = (size, space(VIEWS), ACTION, "cpu", envs)
    return FrameReplayBuffer(*common, stack=VIEWS.stack), DictReplayBuffer(*common)


class World:
    """Environments whose frames are noise and whose episodes end at random."""

    def __init__(self, envs: int, ends: float, stays: bool = False) -> None:
        """`stays`: an episode begins with the very picture that the last one ended with."""
        self.stays = stays
        self.random = np.random.default_rng(0)
        self.envs, self.ends = envs, ends
        self.stack = FrameStack(envs, VIEWS)
        self.seen = self.images()
        self.begin(np.arange(envs))

    def images(self) -> np.ndarray:
        return self.random.integers(0, 256, (self.envs, 2, 8, 8, 3), dtype=np.uint8)

    def begin(self, arms: np.ndarray) -> None:
        self.stack.start(arms, self.seen if self.stays else self.images())
        self.state = self.random.random((self.envs, 2), dtype=np.float32)

    def transition(self) -> tuple[Any, ...]:
        before = {"images": self.stack.frames, "state": self.state}
        self.seen = self.images()
        self.stack.push(self.seen)
        self.state = self.random.random((self.envs, 2), dtype=np.float32)
        after = {"images": self.stack.frames, "state": self.state}
        done = self.random.random(self.envs) < self.ends
        infos = [{"TimeLimit.truncated": bool(d and self.random.random() < 0.5)} for d in done]
        action = self.random.random((self.envs, 3), dtype=np.float32)
        if done.any():
            self.begin(np.flatnonzero(done))
        return before, after, action, self.random.random(self.envs), done, infos


def assert_samples_equal(ours: DictReplayBuffer, plain: DictReplayBuffer, seed: int) -> None:
    samples = []
    for buffer in (ours, plain):
        np.random.seed(seed)
        samples.append(buffer.sample(200))
    one, other = samples
    for name in ("actions", "rewards", "dones"):
        np.testing.assert_array_equal(getattr(one, name), getattr(other, name), strict=True)
    for name in ("observations", "next_observations"):
        assert getattr(one, name).keys() == getattr(other, name).keys()
        for key, values in getattr(one, name).items():
            expected = getattr(other, name)[key].numpy()
            np.testing.assert_array_equal(values.numpy(), expected, err_msg=name, strict=True)


@pytest.mark.parametrize("stays", [False, True])
@pytest.mark.parametrize("ends", [0.0, 0.1, 0.9])
@pytest.mark.parametrize(("size", "envs"), [(40, 1), (60, 3), (9, 3), (1, 1)])
def test_samples_are_the_same_before_and_after_the_ring_is_full(
    size: int, envs: int, ends: float, stays: bool
) -> None:
    ours, plain = buffers(size, envs)
    world = World(envs, ends, stays)
    for step in range(3 * size // envs + 10):
        transition = world.transition()
        ours.add(*transition)
        plain.add(*transition)
        if step % 3 == 0:
            assert_samples_equal(ours, plain, step)
    assert ours.full and len(ours._last) <= ours.buffer_size * envs


def test_a_reset_from_outside_is_not_stacked_across() -> None:
    ours, plain = buffers(30, 2)
    world = World(2, 0.1)
    for step in range(50):
        if step % 7 == 3:
            world.begin(np.array([step % 2]))  # Without a word to the buffer.
        transition = world.transition()
        ours.add(*transition)
        plain.add(*transition)
        assert_samples_equal(ours, plain, step)


@pytest.mark.parametrize("steps", [0, 5, 35])
def test_what_was_saved_is_restored_and_gone_on_with(steps: int) -> None:
    ours, plain = buffers(20, 2)
    world = World(2, 0.2)

    def add(*to: DictReplayBuffer) -> None:
        transition = world.transition()
        for buffer in to:
            buffer.add(*transition)

    for _ in range(steps):
        add(ours, plain)
    again, _ = buffers(20, 2)
    again.restore({name: array.copy() for name, array in ours.to_arrays().items()})
    for step in range(15):
        add(again, plain)
        assert_samples_equal(again, plain, step)


@pytest.mark.parametrize("envs", [1, 16])
def test_fifty_thousand_steps_with_three_cameras_fit_in_four_gib(envs: int) -> None:
    views = Views(("front", "side", "top"), size=64, stack=4)
    buffer = FrameReplayBuffer(50_000, space(views), ACTION, "cpu", envs, stack=views.stack)
    # Memory that was not written to is not taken yet.
    assert buffer.nbytes < 1.9e9
    # And if every episode had one step only.
    assert buffer.nbytes + 50_000 * buffer.frames[0, 0].nbytes < 4 * 2**30


def test_sac_learns_from_it_and_goes_on_from_a_checkpoint(robot: Robot, tmp_path: Path) -> None:
    views = Views(("top_camera",), size=36, stack=2)

    def make_env() -> ArmVecEnv:
        interface = PolicyInterface(
            Reach(robot, ReachConfig(max_periods=7)), target_in_observation=False
        )
        arms = InProcessBackend(robot, 2, interface.control_period, threads=1, views=views)
        env = ArmVecEnv(BatchEnv(interface, arms, views=views))
        env.seed(0)
        return env

    model = SAC(
        "MultiInputPolicy",
        make_env(),
        buffer_size=100,
        learning_starts=20,
        batch_size=4,
        train_freq=4,
        replay_buffer_class=FrameReplayBuffer,
        replay_buffer_kwargs={"stack": views.stack},
        policy_kwargs={"net_arch": [4]},
        device="cpu",
    )
    model.learn(64)
    assert isinstance(model.replay_buffer, FrameReplayBuffer)
    assert model.replay_buffer.size() == 32 and model.replay_buffer.dones.any()
    run = RunFolder.create(tmp_path, "fetch_arm", "sac")
    save_checkpoint(model, run, 64, model.get_env())
    _, again = load_checkpoint(run, make_env(), "cpu")
    assert_samples_equal(again.replay_buffer, model.replay_buffer, 0)
    again.learn(20, reset_num_timesteps=False)
