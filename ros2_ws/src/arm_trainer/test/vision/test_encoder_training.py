"""The encoder's error falls, and a training that was saved goes on to the same weights."""

import io

import numpy as np
import pytest
import torch

from arm_sim.common.arrays import Floats
from arm_sim.robot.robot import Robot
from arm_trainer.vision.camera_geometry import CameraGeometry
from arm_trainer.vision.encoder import Encoder
from arm_trainer.vision.encoder_dataset import EncoderSamples
from arm_trainer.vision.encoder_training import EncoderTrainer

SIZE = 24
EPOCHS = 8


@pytest.fixture(scope="module")
def samples(robot: Robot, cameras: CameraGeometry) -> EncoderSamples:
    """Dark images with a bright spot where each camera sees the target."""
    random = np.random.default_rng(0)
    targets: Floats = random.uniform(*robot.workspace, (320, 3))
    points = cameras.project(targets)
    centres = (np.arange(SIZE) + 0.5) / SIZE * 2.0 - 1.0
    across = np.square(centres - points[..., :1])
    down = np.square(centres - points[..., 1:])
    spots = 255.0 * np.exp(-100.0 * (down[..., :, None] + across[..., None, :]))
    images = np.repeat(spots.astype(np.uint8), 3, axis=1)
    return EncoderSamples(images, targets.astype(np.float32), points.astype(np.float32))


def make_trainer(robot: Robot, cameras: CameraGeometry, samples: EncoderSamples) -> EncoderTrainer:
    torch.manual_seed(0)
    return EncoderTrainer(Encoder(cameras, SIZE, robot.workspace), len(samples), EPOCHS, seed=0)


def test_a_saved_training_goes_on_to_the_same_weights(
    robot: Robot, cameras: CameraGeometry, samples: EncoderSamples
) -> None:
    whole = make_trainer(robot, cameras, samples)
    errors: list[float] = []
    saved = io.BytesIO()
    for epoch in range(1, EPOCHS + 1):
        whole.train_epoch(samples, lambda _, error: errors.append(error))
        if epoch == 4:
            torch.save(whole.state_dict(), saved)
    assert errors[-1] < 0.5 * errors[0]

    saved.seek(0)
    resumed = make_trainer(robot, cameras, samples)
    resumed.load_state_dict(torch.load(saved, weights_only=True))
    assert resumed.epoch == 4
    while resumed.epoch < EPOCHS:
        resumed.train_epoch(samples, lambda *_: None)
    for name, weights in whole.encoder.state_dict().items():
        assert torch.equal(weights, resumed.encoder.state_dict()[name]), name
