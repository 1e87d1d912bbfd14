"""Tool increments: outputs displace the tool; inverse kinematics finds the joint steps."""

from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from arm_sim.common.arrays import Floats
from arm_sim.robot.kinematics import KinematicsOfAnyCount
from arm_sim.robot.robot import Robot
from arm_trainer.actions.damped_least_squares import DampedInverse
from arm_trainer.actions.tool_rotation import FREE, RotationControl

TOOL_OUTPUTS = ("tool/x", "tool/y", "tool/z")
# The figures were chosen by measuring; see docs/actions.md.
# An output of 1, as share of the tool's mean displacement with every joint at its velocity limit.
_SCALE = 0.7
# The pull towards home: share of the distance per control period, and its largest speed as share
# of a joint's velocity limit.
_PULL_GAIN = 0.1
_LARGEST_PULL = 0.3
# Nearer to a position limit than this share of its range, a joint moves less towards the limit.
_SOFT_ZONE = 0.05


class ToolIncrements:
    """Displacements of the tool along x, y and z of the base frame; see `action.Action`.

    The joint steps follow from damped least squares, see `DampedInverse`, with each joint measured
    by its step at the velocity limit: a fast joint moves more than a slow one, and arms of all
    sizes and speeds are alike. What the displacement leaves undetermined (the null space) pulls the
    posture towards home, so that an arm does not drift into postures that no policy has been
    trained in. The tool's orientation is free; subclasses control it.

    The Jacobian is taken at the present position targets, not at the measured positions: the
    targets are what the steps move, they are neither late nor noisy, and no control loop is closed
    over the servos.
    """

    name: ClassVar[str] = "tool_increments"
    observation: ClassVar[tuple[str, ...]] = ("tool_lead",)
    rotation: ClassVar[RotationControl] = FREE
    # The largest displacement in a control period, as share of the workspace's diagonal: a hand
    # that is to meet an object has to move in small steps.
    largest_step: ClassVar[float] = np.inf

    def __init__(self, robot: Robot, control_period: float) -> None:
        """See `Action`."""
        arm = self._arm = robot.arm
        self._full_steps: Floats = robot.velocity_limits[arm] * control_period
        self._home, self._endless = robot.home[arm], robot.endless[arm]
        self._lower, self._upper = robot.lower[arm], robot.upper[arm]
        span = self._upper - self._lower
        self._zone = np.where(np.isfinite(span), _SOFT_ZONE * span, 1.0)
        self._kinematics = KinematicsOfAnyCount(robot)
        self._rotation = self.rotation.for_arm(len(arm))
        linear, angular = self._jacobians(self._home[None], robot.home[None])
        self._home_rotation = self._kinematics(1).tool_rotations()[0]
        diagonal = float(np.linalg.norm(robot.workspace[1] - robot.workspace[0]))
        self.outputs: tuple[str, ...] = (*TOOL_OUTPUTS, *self._rotation.outputs)
        # Root mean square over the three axes, each joint being independent of the others.
        units = [_mean(part * self._full_steps) for part in (linear, angular)]
        units[0] = min(units[0], self.largest_step * diagonal)
        self._units = np.repeat(units, [3, len(self._rotation.rows)])
        self.scale: Floats = np.repeat(units, [3, len(self._rotation.outputs)])

    def joint_steps(
        self, actions: NDArray[np.floating[Any]], measured: Floats, targets: Floats
    ) -> Floats:
        """See `Action`. An arm with an output that is not finite gets NaN for all joints.

        Where a joint would have to move faster than its velocity limit, all joints of the arm move
        slower, so that the tool keeps its direction.
        """
        asked = np.where(np.isfinite(actions), np.clip(actions, -1.0, 1.0), np.nan)
        # From here on, joints in full steps and the tool in outputs.
        linear, angular = self._jacobians(targets, measured)
        rotation, rows = self._rotation, list(self._rotation.rows)
        if rows:
            present = self._kinematics(len(asked)).tool_rotations()
            turn = rotation.turn(asked[:, 3:], present, self._home_rotation, self.scale[-1])
            asked = np.concatenate([asked[:, :3], turn[:, rows] / self._units[3:]], axis=1)
        jacobians = np.concatenate([linear, angular[:, rows]], axis=1)
        jacobians = jacobians * (self._full_steps / self._units[:, None])
        pull = self._pull(targets)
        wanted = asked - (jacobians @ pull[..., None])[..., 0]
        anywhere = DampedInverse(jacobians, np.ones(targets.shape)).solve(wanted)
        freedom = self._freedom(targets, anywhere)
        steps = pull + DampedInverse(jacobians, freedom).solve(wanted)
        steps = steps / np.maximum(np.abs(steps).max(axis=1, keepdims=True), 1.0)
        return steps * self._full_steps

    def _jacobians(self, targets: Floats, measured: Floats) -> tuple[Floats, Floats]:
        """Returns two (N, 3, A) Jacobians of the tool, position and rotation, at the targets."""
        positions = measured.copy()
        positions[:, self._arm] = targets
        kinematics = self._kinematics(len(positions))
        kinematics.tool_positions(positions)
        return kinematics.tool_jacobian(self._arm), kinematics.tool_rotation_jacobian(self._arm)

    def _pull(self, targets: Floats) -> Floats:
        """Returns (N, A) motions towards home, in full steps.

        A joint without limits goes to the nearest of the equal home positions, one in each turn.
        """
        away = self._home - targets
        away = np.where(self._endless, np.sin(away), away) / self._full_steps
        return _LARGEST_PULL * np.tanh(_PULL_GAIN / _LARGEST_PULL * away)

    def _freedom(self, targets: Floats, steps: Floats) -> Floats:
        """Returns (N, A) weights of the joints: 1, falling to 0 towards a limit they would go to.

        As in the weighted least-norm solution of Chan and Dubey, A weighted least-norm solution
        based scheme for avoiding joint limits for redundant joint manipulators, IEEE Transactions
        on Robotics and Automation 11(2), 1995: the other joints take over, and a joint that leaves
        its limit is free.
        """
        room = np.where(steps > 0.0, self._upper - targets, targets - self._lower)
        return np.square(np.clip(room / self._zone, 0.0, 1.0))


def _mean(displacements: Floats) -> float:
    return float(_SCALE * np.sqrt(np.square(displacements).sum() / 3.0))
