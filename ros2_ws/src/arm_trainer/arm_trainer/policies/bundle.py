"""Policy: a loaded policy bundle, which gives actions for observations.

A bundle is a folder with `policy.onnx` and `policy.json`: everything that is needed to run a policy
as it was trained. Loading one reads JSON and an ONNX graph; nothing is unpickled or executed.
"""

from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
from numpy.typing import NDArray

from arm_sim.common.errors import UserError
from arm_sim.robot.robot import Robot
from arm_sim.scene.loader import RobotSource
from arm_trainer.backends.camera_views import Frames, Views
from arm_trainer.envs.policy_interface import PolicyInterface
from arm_trainer.policies.bundle_files import DESCRIPTION, MODEL, read_bundle, short
from arm_trainer.policies.compatibility import (
    described_action,
    described_source,
    described_task,
    interface_for,
)


class Policy:
    """A loaded bundle.

    Attributes:
        description: The bundle's `policy.json`.
        folder: The folder that it was loaded from.
        views: The cameras that it sees; None for a policy that observes the goal.
    """

    def __init__(self, folder: Path) -> None:
        """Loads a bundle.

        Raises:
            UserError: If it is not one, was changed, is of another format, or names a task or an
                action that is not registered.
        """
        self.folder = folder
        self.description, onnx = read_bundle(folder)
        described_task(self.description, str(folder / DESCRIPTION))
        described_action(self.description)
        self.views = self._views()
        options = onnxruntime.SessionOptions()
        # A small network: more threads cost time, and take cores from the simulator.
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        options.log_severity_level = 3
        try:
            self._session = onnxruntime.InferenceSession(onnx, options, ["CPUExecutionProvider"])
        except Exception as error:  # ONNX Runtime's exceptions share no public base.
            raise UserError(f"{folder / MODEL} is not an ONNX policy: {short(error)}") from error
        self._outputs = self._check_signature()
        # An error is better here than while the arm moves. The first inference is also the slowest.
        try:
            observation = np.zeros((1, len(self.description.observation.columns)), np.float32)
            dark = None if self.views is None else np.zeros((1, *self.views.shape), np.uint8)
            self.act(observation, dark)
        except Exception as error:
            raise UserError(f"{folder / MODEL} fails when it is run: {short(error)}") from error

    def act(
        self, observations: NDArray[np.float32], frames: Frames | None = None
    ) -> NDArray[np.float32]:
        """Returns actions (N, K).

        Args:
            observations: (N, O).
            frames: (N, S·C·3, H, W) of C cameras, as `FrameStack.frames`, for a policy with views.
        """
        return self.act_and_locate(observations, frames)[0]

    def act_and_locate(
        self, observations: NDArray[np.float32], frames: Frames | None = None
    ) -> tuple[NDArray[np.float32], NDArray[np.float32] | None]:
        """Returns actions and, from a policy that estimates them, target positions.

        Returns:
            Actions (N, K), and target positions (N, 3), m, or None.
        """
        inputs: dict[str, Any] = {"observation": observations}
        if self.views is not None:
            inputs["images"] = frames
        actions, *targets = self._session.run(self._outputs, inputs)
        return actions, targets[0] if targets else None

    def interface_for(self, robot: Robot) -> PolicyInterface:
        """Returns task, action and observation of the policy for this robot.

        Raises:
            UserError: If the policy does not fit the robot.
        """
        return interface_for(self.description, robot, str(self.folder))

    def source(self, robot: RobotSource) -> RobotSource:
        """Returns what a robot is loaded from with the objects of the policy's task.

        Raises:
            UserError: If the robot can't be loaded, or can't do the task.
        """
        return described_source(self.description, robot)

    def _check_signature(self) -> list[str]:
        """Returns the names of the network's outputs.

        Raises:
            UserError: If its inputs or outputs are not those of the description.
        """
        inputs = {node.name: node.shape[1:] for node in self._session.get_inputs()}
        outputs = {node.name: node.shape[1:] for node in self._session.get_outputs()}
        given = self.description
        wanted: dict[str, list[int]] = {"observation": [len(given.observation.columns)]}
        if self.views is not None:
            wanted["images"] = list(self.views.shape)
        action = {"action": [len(given.action.outputs)]}
        # Only a policy with views may also estimate the target.
        estimate = {"target": [3]} if self.views is not None and "target" in outputs else {}
        if inputs != wanted or outputs != {**action, **estimate}:
            raise UserError(
                f"{self.folder / MODEL} takes {_signature(inputs)} and gives {_signature(outputs)} "
                f"instead of {_signature(wanted)} and {_signature(action)}."
            )
        return ["action", *estimate]

    def _views(self) -> Views | None:
        """Returns the views that the description names.

        Raises:
            UserError: If the description contradicts itself.
        """
        given = self.description
        numbers = (len(given.cameras), given.frame_stack, given.image_size)
        if not any(numbers):
            return None
        if not all(numbers) or len(set(given.cameras)) < len(given.cameras):
            raise UserError(
                f"{self.folder / DESCRIPTION}: {given.frame_stack} frames of {given.image_size} px "
                f"from the cameras {short(given.cameras)} contradict each other: a policy with "
                "cameras has at least 1 frame of at least 1 px, and cameras that differ."
            )
        return Views(tuple(given.cameras), given.image_size, given.frame_stack)


def _signature(shapes: dict[str, list[Any]]) -> str:
    """Returns a network's inputs or outputs as part of a sentence."""
    return short(", ".join(f"{name} {shape}" for name, shape in shapes.items()) or "nothing")
