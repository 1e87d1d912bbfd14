"""Picture of an episode's camera images, with the target's true and estimated positions."""

from pathlib import Path

import cv2
import numpy as np
import torch

from arm_sim.common.arrays import Floats
from arm_sim.common.atomic_files import atomic_write
from arm_trainer.backends.camera_views import Frames
from arm_trainer.envs.batch_env import BatchEnv
from arm_trainer.tasks.seeding import selection_generator
from arm_trainer.vision.camera_geometry import find_camera_geometry
from arm_trainer.vision.vision_policy import VisionPolicy

_COLUMNS = 8
_WIDTH = 192  # px
_MARKER_SIZE = 11  # px
_ESTIMATE_COLOUR, _TARGET_COLOUR = (0, 255, 255), (255, 255, 255)  # BGR


def draw_estimates(policy: VisionPolicy, env: BatchEnv, file: Path) -> None:
    """Draws an episode: a row for each camera, a column for each of up to eight control periods.

    A circle marks the target's true position, a cross the estimated one.

    Args:
        policy: The policy.
        env: The arms with their views; the first arm is drawn.
        file: The picture to write.

    Raises:
        UserError: If the file can't be written.
    """
    views = env.views
    assert views is not None
    cameras = find_camera_geometry(env.interface.robot, views.cameras)
    env.seed(selection_generator())
    env.reset(np.arange(env.num_arms))
    columns, done = [], False
    while not done:
        assert env.frames is not None
        with torch.no_grad():
            actions, estimates = policy(
                torch.from_numpy(env.observations), torch.from_numpy(env.frames)
            )
        points = cameras.project(np.stack([env.state.goal[0], estimates[0].numpy()]))
        newest = env.frames[0].reshape(views.stack, -1, 3, views.size, views.size)[-1]
        columns.append(
            [
                _draw_markers(image, *targets)
                for image, targets in zip(newest, points.swapaxes(0, 1), strict=True)
            ]
        )
        result = env.step(actions.numpy())
        done = bool(result.terminated[0] or result.truncated[0])
    chosen = np.unique(np.linspace(0, len(columns) - 1, _COLUMNS).round().astype(int))
    picture = np.hstack([np.vstack(columns[i]) for i in chosen])
    with atomic_write(file) as temporary:
        cv2.imwrite(str(temporary), picture)


def _draw_markers(image: Frames, target: Floats, estimate: Floats) -> Frames:
    """Returns an enlarged BGR image with markers at both image points (2,).

    Points far outside the image are left out.
    """
    bgr = np.ascontiguousarray(np.moveaxis(image, 0, -1)[..., ::-1])
    enlarged = cv2.resize(bgr, (_WIDTH, _WIDTH), interpolation=cv2.INTER_NEAREST)
    for point, colour in ((target, _TARGET_COLOUR), (estimate, _ESTIMATE_COLOUR)):
        if not np.abs(point).max() < 2.0:
            continue
        x, y = ((point + 1.0) / 2.0 * _WIDTH).round().astype(int).tolist()
        if point is target:
            cv2.circle(enlarged, (x, y), _MARKER_SIZE, colour, 1, cv2.LINE_AA)
        else:
            cv2.drawMarker(enlarged, (x, y), colour, cv2.MARKER_CROSS, _MARKER_SIZE, 1, cv2.LINE_AA)
    return enlarged.astype(np.uint8, copy=False)
