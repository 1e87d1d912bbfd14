"""Exports policy bundles that need no training and whose behaviour is known."""

from pathlib import Path

import numpy as np
import torch
from stable_baselines3 import PPO

from arm_trainer.actions.joint_increments import JointIncrements
from arm_trainer.backends.camera_views import Views
from arm_trainer.backends.in_process import InProcessBackend
from arm_trainer.envs.batch_env import BatchEnv
from arm_trainer.envs.policy_interface import PolicyInterface
from arm_trainer.envs.sb3_vec_env import ArmVecEnv
from arm_trainer.policies.onnx_export import export_bundle
from arm_trainer.tasks.reach import Reach, ReachConfig
from arm_trainer.tasks.task import Task
from support.built_in_arm import ARM, PERIOD, ROBOT
from support.mock_cameras import COLUMNS_PER_METRE, IMAGE_SIZE

VIEWS = Views(("top_camera", "front_camera"), size=IMAGE_SIZE, stack=2)
# Actions per rad away from home: saturated at a third of a radian.
_GAIN = 3.0
# Names of the observations of an arm joint's position: about home, where all of the continuous
# joints are at 0, an angle is its sine.
_POSITIONS = [
    ("position_sin/" if ROBOT.endless[joint] else "position/") + ROBOT.joint_names[joint]
    for joint in ARM
]


def swinging_policy(folder: Path, swing: float = 3.0, task: Task | None = None) -> Path:
    """Exports a policy that turns the arm to the target's side, at full speed.

    Its action is a linear function of the observation: shoulder pan and wrist roll go to `swing`
    times the target's y, and all other joints stay at home.
    """
    interface = PolicyInterface(task or Reach(ROBOT), JointIncrements)
    env = ArmVecEnv(BatchEnv(interface, InProcessBackend(interface.robot, 1, PERIOD)))
    options = {"policy_kwargs": {"net_arch": []}, "device": "cpu"}
    model = PPO("MlpPolicy", env, n_steps=8, batch_size=8, **options)
    column = interface.observation_names.index
    weight = np.zeros((len(interface.outputs), len(interface.observation_names)))
    bias = np.zeros(len(interface.outputs))
    bias[: len(ARM)] = _GAIN * ROBOT.home[ARM]
    for i, name in enumerate(_POSITIONS):
        weight[i, column(name)] = -_GAIN
    # The target's y is the tool's and the way from there.
    for name in ("tool/y", "target_from_tool/y"):
        scale = interface.observation.scale[column(name)]
        weight[[0, 6], column(name)] = _GAIN * swing / scale
    with torch.no_grad():
        model.policy.action_net.weight.copy_(torch.from_numpy(weight))
        model.policy.action_net.bias.copy_(torch.from_numpy(bias))
    export_bundle(model, interface, folder, {})
    return folder


class RedSeeker(torch.nn.Module):
    """Turns the arm to the side on which the top camera shows red; other joints stay at home.

    Its estimate of the target's y is the mean column of red in the top camera; x and z are
    constants.
    """

    def __init__(self, observation_names: list[str]) -> None:
        super().__init__()
        self._columns = [observation_names.index(name) for name in _POSITIONS]
        self._home = np.where(ROBOT.endless[ARM], np.sin(ROBOT.home[ARM]), ROBOT.home[ARM])

    def forward(
        self, observation: torch.Tensor, images: torch.Tensor
    ) -> tuple[torch.Tensor, torch.Tensor]:
        size = IMAGE_SIZE
        shape = (-1, VIEWS.stack, len(VIEWS.cameras), 3, size, size)
        frames = images.float().reshape(shape)[:, :, 0]
        red = torch.relu(frames[:, :, 0] - frames[:, :, 1:].amax(2) - 40.0)
        columns = torch.arange(float(size)) - (size - 1) / 2
        y = (red.sum(2) * columns).sum((1, 2)) / (red.sum((1, 2, 3)) + 1.0) / COLUMNS_PER_METRE
        turn = torch.eye(len(ARM))[0] * 3.0
        away = observation[:, self._columns] - torch.tensor(self._home).float()
        action = _GAIN * (turn * y[:, None] - away)
        return action, torch.tensor([0.7, 0.0, 0.9]) + torch.eye(3)[1] * y[:, None]


def camera_policy(folder: Path) -> Path:
    """Exports a `RedSeeker`."""
    task = Reach(ROBOT, ReachConfig(gripper_distance=0.0))
    interface = PolicyInterface(task, JointIncrements, target_in_observation=False)
    export_bundle(RedSeeker(list(interface.observation_names)), interface, folder, {}, VIEWS)
    return folder
