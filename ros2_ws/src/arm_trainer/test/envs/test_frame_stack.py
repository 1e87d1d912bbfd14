"""A stack has the newest frames of every camera, in order, from the present episode alone."""

import numpy as np

from arm_trainer.backends.camera_views import Views
from arm_trainer.envs.frame_stack import FrameStack

VIEWS = Views(("front", "top"), size=2, stack=3)


def images(value: int) -> np.ndarray:
    """(2 arms, 2 cameras, 2, 2, RGB), every number telling arm, camera, colour and `value`."""
    arm, camera, colour = np.ix_(range(2), range(2), range(3))
    told = 100 * arm + 10 * camera + colour + 3 * value
    return np.broadcast_to(told[:, :, None, None], (2, 2, 2, 2, 3)).astype(np.uint8)


def of(arm: int, *values: int) -> np.ndarray:
    """The stack of an arm whose frames were those of `values`, oldest first."""
    frames = [images(value)[arm].transpose(0, 3, 1, 2).reshape(6, 2, 2) for value in values]
    return np.concatenate(frames)


def test_a_reset_fills_the_stack_and_later_frames_push_the_oldest_out() -> None:
    stack = FrameStack(2, VIEWS)
    stack.start(np.array([0, 1]), images(1))
    assert np.array_equal(stack.frames, [of(0, 1, 1, 1), of(1, 1, 1, 1)])
    stack.push(images(2))
    stack.push(images(3))
    assert np.array_equal(stack.frames, [of(0, 1, 2, 3), of(1, 1, 2, 3)])
    assert stack.frames.shape == (2, *VIEWS.shape)


def test_a_reset_of_one_arm_leaves_the_others_past_alone() -> None:
    stack = FrameStack(2, VIEWS)
    stack.start(np.array([0, 1]), images(1))
    stack.push(images(2))
    before = stack.frames
    stack.start(np.array([1]), images(4))
    assert np.array_equal(stack.frames, [of(0, 1, 1, 2), of(1, 4, 4, 4)])
    assert np.array_equal(before[1], of(1, 1, 1, 2)), "what was handed out has changed"
