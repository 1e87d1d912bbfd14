"""What tests of seeing policies share: a policy that needs no training, and mock cameras."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import torch
from sensor_msgs.msg import Image

from arm_sim.ros.joint_messages import set_stamp
from arm_sim.ros.subscriptions import RELIABLE
from arm_trainer.backends.camera_views import Views
from arm_trainer.envs.policy_interface import PolicyInterface
from arm_trainer.policies.onnx_export import export_bundle
from arm_trainer.tasks.reach import Reach, ReachConfig
from controlled import ARM, ROBOT
from graph import Graph

VIEWS = Views(("top_camera", "front_camera"), size=64, stack=2)
# Where a policy sees the joints' positions: of endless ones the sine, as good near home.
_NAMES = PolicyInterface(Reach(ROBOT), target_in_observation=False).observation_names
_POSTURE = [
    _NAMES.index(("position_sin/" if ROBOT.endless[i] else "position/") + ROBOT.joint_names[i])
    for i in ARM
]
_HOME = np.where(ROBOT.endless[ARM], np.sin(ROBOT.home[ARM]), ROBOT.home[ARM])
# Of the top camera at the targets' height: columns per metre to the left.
_COLUMNS_PER_METRE = -53.7


class Seeker(torch.nn.Module):
    """Turns the arm to the side on which it sees red, at full speed; all other joints stay home.

    Its estimate of the target's y is where the red is in the top camera; x and z are constants.
    """

    def forward(
        self, observation: torch.Tensor, images: torch.Tensor
    ) -> tuple[torch.Tensor, torch.Tensor]:
        frames = images.float().reshape(-1, VIEWS.stack, len(VIEWS.cameras), 3, 64, 64)[:, :, 0]
        red = torch.relu(frames[:, :, 0] - frames[:, :, 1:].amax(2) - 40.0)
        columns = torch.arange(64.0) - 31.5
        y = (red.sum(2) * columns).sum((1, 2)) / (red.sum((1, 2, 3)) + 1.0) / _COLUMNS_PER_METRE
        turn = torch.eye(len(ARM))[0] * 3.0
        away = observation[:, _POSTURE] - torch.tensor(_HOME).float()
        action = 3.0 * (turn * y[:, None] - away)
        return action, torch.tensor([0.7, 0.0, 0.9]) + torch.eye(3)[1] * y[:, None]


def seeing_policy(folder: Path) -> Path:
    """Exports a `Seeker`."""
    interface = PolicyInterface(
        Reach(ROBOT, ReachConfig(gripper_distance=0.0)), target_in_observation=False
    )
    export_bundle(Seeker(), interface, folder, {}, VIEWS)
    return folder


def red_at(y: float) -> np.ndarray:
    """An image (64, 64, 3) of the top camera that shows a target at so many metres to the left."""
    pixels = np.full((64, 64, 3), 90, np.uint8)
    column = round(31.5 + _COLUMNS_PER_METRE * y)
    pixels[22:25, column - 1 : column + 2] = (230, 20, 20)
    return pixels


def unspoilt(camera: str, image: Image) -> Image:
    return image


class MockCameras:
    """Camera drivers that show a target, each 40 times a second.

    Attributes:
        pixels: What both show.
        distort: What becomes of an image on its way; None keeps it back.
    """

    def __init__(self, graph: Graph) -> None:
        self.pixels = red_at(0.4)
        self.distort: Callable[[str, Image], Image | None] = unspoilt
        self._publishers = {
            name: graph.node.create_publisher(Image, f"{name}/image_raw", RELIABLE)
            for name in VIEWS.cameras
        }

    def step(self) -> None:
        for name, publisher in self._publishers.items():
            height, width, _ = self.pixels.shape
            image = Image(height=height, width=width, step=3 * width, encoding="rgb8")
            image.data = self.pixels.tobytes()
            set_stamp(image.header.stamp, time.time_ns())
            if (distorted := self.distort(name, image)) is not None:
                publisher.publish(distorted)


@contextmanager
def filming(cameras: MockCameras) -> Iterator[MockCameras]:
    """Lets mock cameras run on a thread of their own."""
    stop = threading.Event()

    def run() -> None:
        while not stop.wait(0.025):
            cameras.step()

    thread = threading.Thread(target=run)
    thread.start()
    try:
        yield cameras
    finally:
        stop.set()
        thread.join()
