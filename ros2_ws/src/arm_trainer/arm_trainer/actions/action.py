"""The interface of an action: what the numbers that a policy puts out mean for the joints."""

from typing import Any, ClassVar, Protocol

import numpy as np
from numpy.typing import NDArray

from arm_sim.common.arrays import Floats
from arm_sim.robot.robot import Robot


class Action(Protocol):
    """Turns a policy's outputs into joint steps; made as `ActionClass(robot, control_period)`.

    The shield limits the steps; an action itself limits nothing.

    Attributes:
        name: The action's name in settings and policy bundles.
        observation: Names of the observation terms that a policy needs to use the action well;
            they come before those of the task.
        outputs: What each of the K outputs of a policy is, in order.
        scale: (K,) what an output of 1 means, in SI units.
    """

    name: ClassVar[str]
    observation: ClassVar[tuple[str, ...]]
    outputs: tuple[str, ...]
    scale: Floats

    def __init__(self, robot: Robot, control_period: float) -> None:
        """Prepares for a robot and a control period in s."""
        ...

    def joint_steps(
        self, actions: NDArray[np.floating[Any]], measured: Floats, targets: Floats
    ) -> Floats:
        """Returns (N, A) changes of the arm joints' position targets in this period, rad or m.

        Args:
            actions: (N, K) policy outputs, in [-1, 1] by design. An output that is not finite must
                give a step that is not finite: the shield then brakes the arm.
            measured: (N, J) joint positions as last observed.
            targets: (N, A) present position targets of the arm joints.
        """
        ...
