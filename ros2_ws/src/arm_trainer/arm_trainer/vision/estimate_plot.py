"""A picture of what a seeing policy sees, with where it takes the target to be."""

from pathlib import Path

import cv2
import numpy as np
import torch

from arm_sim.common.atomic_files import atomic_write
from arm_trainer.envs.batch_env import BatchEnv
from arm_trainer.tasks.seeding import selection_generator
from arm_trainer.vision.camera_geometry import find_camera_geometry
from arm_trainer.vision.encoder import Student

_COLUMNS = 8
_WIDTH = 192  # px
_ESTIMATE, _TRUTH = (0, 255, 255), (255, 255, 255)  # BGR


def draw_estimates(student: Student, episodes: BatchEnv, picture: Path) -> None:
    """Draws an episode as a strip: a row for each camera, a column for each of some moments.

    A ring is where the target is, a cross is where the policy takes it to be.

    Args:
        student: The policy.
        episodes: The arms, of which the first is drawn.
        picture: The file.

    Raises:
        UserError: If it can't be written.
    """
    views = episodes.views
    assert views is not None
    pinholes = find_camera_geometry(episodes.interface.robot, views.cameras)
    episodes.seed(selection_generator())
    episodes.reset(np.arange(episodes.num_arms))
    columns, done = [], False
    while not done:
        assert episodes.frames is not None
        with torch.no_grad():
            actions, estimates = student(
                torch.from_numpy(episodes.observations), torch.from_numpy(episodes.frames)
            )
        marks = pinholes.project(np.stack([episodes.state.goal[0], estimates[0].numpy()]))
        newest = episodes.frames[0].reshape(views.stack, -1, 3, views.size, views.size)[-1]
        columns.append(
            [
                _mark(image, *where)
                for image, where in zip(newest, marks.swapaxes(0, 1), strict=True)
            ]
        )
        result = episodes.step(actions.numpy())
        done = bool(result.terminated[0] or result.truncated[0])
    chosen = np.unique(np.linspace(0, len(columns) - 1, _COLUMNS).round().astype(int))
    strip = np.hstack([np.vstack(columns[i]) for i in chosen])
    with atomic_write(picture) as temporary:
        cv2.imwrite(str(temporary), strip)


def _mark(image: np.ndarray, target: np.ndarray, estimate: np.ndarray) -> np.ndarray:
    """Returns an enlarged BGR image with both places (2,) drawn in."""
    bgr = np.ascontiguousarray(np.moveaxis(image, 0, -1)[..., ::-1])
    large = cv2.resize(bgr, (_WIDTH, _WIDTH), interpolation=cv2.INTER_NEAREST)
    for place, colour, marker in ((target, _TRUTH, None), (estimate, _ESTIMATE, cv2.MARKER_CROSS)):
        if not np.abs(place).max() < 2.0:
            continue
        x, y = ((place + 1.0) / 2.0 * _WIDTH).round().astype(int).tolist()
        if marker is None:
            cv2.circle(large, (x, y), 11, colour, 1, cv2.LINE_AA)
        else:
            cv2.drawMarker(large, (x, y), colour, marker, 11, 1, cv2.LINE_AA)
    return large
