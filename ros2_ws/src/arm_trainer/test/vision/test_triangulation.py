"""Rays through a target's image points meet at the target, each as far as it is weighted."""

import numpy as np
import torch

from arm_sim.common.arrays import Floats
from arm_trainer.vision.camera_geometry import CameraGeometry
from arm_trainer.vision.triangulation import nearest_points, ray_directions


def triangulate(
    cameras: CameraGeometry,
    points: Floats,
    weights: list[float],
    prior: Floats,
    prior_weight: float,
) -> Floats:
    """The (N, 3) points that rays through image points (N, K, 2) and a prior (3,) determine."""
    count = len(points)
    origins, rotations, slopes, centres, image_points, *others = (
        torch.tensor(values, dtype=torch.float32)
        for values in (
            *(cameras.positions, cameras.rotations, cameras.slopes, cameras.centres, points),
            np.tile(weights, (count, 1)),
            np.tile(prior, (count, 1)),
            np.full((count, 1), prior_weight),
        )
    )
    directions = ray_directions(image_points, rotations, slopes, centres)
    return nearest_points(origins, directions, *others).numpy().astype(np.float64)


def test_rays_to_a_target_meet_at_it(cameras: CameraGeometry, targets: Floats) -> None:
    points = cameras.project(targets)
    met = triangulate(cameras, points, [1, 2, 3], np.zeros(3), 1e-6)
    np.testing.assert_allclose(met, targets, atol=1e-4)


def test_a_ray_of_little_weight_may_point_anywhere(
    cameras: CameraGeometry, targets: Floats
) -> None:
    points = cameras.project(targets)
    points[:, 1] = 0.9
    met = triangulate(cameras, points, [1, 1e-7, 1], np.zeros(3), 1e-6)
    np.testing.assert_allclose(met, targets, atol=1e-4)


def test_the_prior_determines_the_point_on_a_single_ray(
    cameras: CameraGeometry, targets: Floats
) -> None:
    points = cameras.project(targets[:1])
    met = triangulate(cameras, points, [1, 1e-7, 1e-7], targets[0], 1e-2)
    np.testing.assert_allclose(met, targets[:1], atol=1e-4)
