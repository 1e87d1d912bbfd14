"""Shield: limits the motion that an action asks for, in training and in deployment alike.

The same object makes position targets in the training environment and in the deployed controller,
so that a policy never meets limits that it was not trained under.

Limits of position, velocity and acceleration hold at once, whatever the policy asks for: a target
never moves so fast towards a limit that it could not stop before it.
"""

import numpy as np
from numpy.typing import NDArray

from arm_sim.common.arrays import Floats, Ints
from arm_sim.robot.kinematics import Kinematics
from arm_sim.robot.robot import Robot
from arm_trainer.actions.gripper import GripperTargets

# Share of a joint's range that is kept free at each end.
_POSITION_MARGIN = 0.01
# How far a target may run ahead of the measured position: what the joint covers in this time at
# its velocity limit, s. The Fetch's position servos need a third of it at full speed.
_LARGEST_LEAD = 0.3
# Steps and heights that differ by less are the same, rad or m.
_ROUNDING = 1e-12

REASONS = (
    "action not finite",
    "position limit",
    "arm does not follow",
    "acceleration limit",
    "tool floor",
)


class Shield:
    """Position targets of N arms, moved by joint steps within the arms' limits.

    A step is the change of a joint's position target in one control period, rad or m.

    Attributes:
        targets: (N, A) the present targets, rad or m.
        gripper: The targets of the grippers.
        interventions: Number of joint steps that were changed for each of REASONS.
    """

    def __init__(
        self, robot: Robot, num_arms: int, control_period: float, speed_scale: float = 1.0
    ) -> None:
        """Reads the limits of the robot's arm joints.

        Args:
            robot: The robot.
            num_arms: N.
            control_period: Seconds between commands.
            speed_scale: Factor of the velocity limits, at most 1.
        """
        lower, upper = robot.lower[robot.arm], robot.upper[robot.arm]
        span = upper - lower
        margin = _POSITION_MARGIN * np.where(np.isfinite(span), span, 0.0)
        self._lower, self._upper = lower + margin, upper - margin
        velocity = robot.velocity_limits[robot.arm]
        # Velocities as steps in one period, accelerations as changes of the step in one period.
        full_step = velocity * control_period
        self._largest_step = full_step * speed_scale
        self._largest_change = robot.acceleration_limits[robot.arm] * control_period**2
        self._largest_lead = velocity * _LARGEST_LEAD
        # More than a full step and braking need; finite where a joint has no position limits.
        self._much_room = 2.0 * (full_step + self._stopping_way(full_step))
        self._floor = robot.tool_floor
        self._kinematics = Kinematics(robot, num_arms)
        self._joints = robot.arm
        self.gripper = GripperTargets(robot, num_arms, control_period, speed_scale)
        self._stopped = np.tile(robot.home, (num_arms, 1))
        self._stop_height: Floats = np.zeros(num_arms)
        self.targets: Floats = np.tile(robot.home[robot.arm], (num_arms, 1))
        self._steps: Floats = np.zeros(self.targets.shape)
        self.interventions = dict.fromkeys(REASONS, 0)

    @property
    def braking_periods(self) -> int:
        """Control periods that braking from the velocity limit takes, at most."""
        return int(np.ceil((self._largest_step / self._largest_change).max()))

    @property
    def resting(self) -> NDArray[np.bool_]:
        """(N,) whether the targets stood still in the last period."""
        return (self._steps == 0.0).all(axis=1)

    def start(self, arms: Ints, positions: Floats) -> None:
        """Puts the targets of arms (k,) to joint positions (k, J), at rest."""
        self.gripper.start(arms, positions)
        self._start(arms, positions[:, self._joints])

    def stand_still(self) -> None:
        """Keeps the targets as they are, at rest, after some time without commands."""
        self._start(np.arange(len(self.targets)), self.targets)

    def _start(self, arms: Ints, positions: Floats) -> None:
        self.targets = self.targets.copy()
        self.targets[arms] = positions
        self._steps[arms] = 0.0
        if np.isfinite(self._floor):
            self._stop_height[arms] = self._heights(self.targets)[arms]

    def next_targets(self, asked: Floats, measured: Floats) -> Floats:
        """Moves the targets on by one control period.

        Args:
            asked: (N, A) joint steps that the action asks for, rad or m. An arm with a value that
                is not finite brakes to rest.
            measured: (N, A) joint positions as last observed, finite.

        Returns:
            (N, A) targets: finite, and within the limits of position (or on the way there),
            velocity and acceleration. As far as these allow, they are no further ahead of the
            measured positions than a lagging arm explains, and the tool stays above its floor.
        """
        usable = np.isfinite(asked).all(axis=1, keepdims=True)
        limited = _clip(asked, -self._largest_step, self._largest_step)
        wanted = np.where(usable, limited, 0.0)
        before = self.targets
        lead = before - measured
        back, ahead = self._largest_lead + lead, self._largest_lead - lead
        stops_back, stops_ahead, stops_low, stops_high = self._step_that_stops_within(
            np.stack([back, ahead, before - self._lower, self._upper - before])
        )
        # A target that is too far from the arm comes back so that it does not swing.
        following = _clip(wanted, -np.maximum(back, stops_back), np.maximum(ahead, stops_ahead))
        # Later limits override earlier ones. Limits of position and acceleration do not conflict:
        # from every state that this shield leads to, braking ends before the position limit.
        inside = _clip(following, -stops_low, stops_high)
        slow = _clip(inside, -self._largest_step, self._largest_step)
        change = self._largest_change
        steps = _clip(slow, self._steps - change, self._steps + change)
        rough = np.count_nonzero(steps != slow)
        low = self._keep_above_floor(steps)
        # Rounding must not lead beyond a limit; a joint beyond one may only move inwards.
        self.targets = _clip(
            before + steps, np.minimum(before, self._lower), np.maximum(before, self._upper)
        )
        # A remainder of rounding alone would never come to rest.
        steps[np.abs(steps) < _ROUNDING] = 0.0
        self._steps = steps
        changed = (
            np.count_nonzero(~usable) * wanted.shape[1],
            np.count_nonzero(inside != following),
            np.count_nonzero(following != wanted),
            rough,
            np.count_nonzero(low) * wanted.shape[1],
        )
        for reason, count in zip(REASONS, changed, strict=True):
            self.interventions[reason] += count
        return self.targets

    def brake(self, measured: Floats) -> Floats:
        """Brings the targets to rest: `next_targets` without motion asked for."""
        return self.next_targets(np.zeros(self.targets.shape), measured)

    def _step_that_stops_within(self, room: Floats) -> Floats:
        """Returns (…, A) the largest step after which braking ends within `room` of here.

        Braking takes one change c off the step in each period, so a step d of between n and n + 1
        changes covers (n + 1) d - c n (n + 1) / 2 in all. That is solved for d. Where room is
        negative, a limit has been passed: the step leads back so that braking ends at the limit.
        """
        way = np.minimum(np.abs(room), self._much_room)
        change = self._largest_change
        n = np.floor((np.sqrt(1.0 + 8.0 * way / change) - 1.0) / 2.0)
        return np.copysign((way + change * n * (n + 1.0) / 2.0) / (n + 1.0), room)

    def _stopping_way(self, steps: Floats) -> Floats:
        """Returns how far targets still go when they brake after a step, with its sign."""
        n = np.floor(np.abs(steps) / self._largest_change)
        way = n * np.abs(steps) - self._largest_change * n * (n + 1.0) / 2.0
        return np.copysign(way, steps)

    def _keep_above_floor(self, steps: Floats) -> NDArray[np.bool_]:
        """Changes, in place, the steps of arms whose tool could not stop above the floor any more.

        Such an arm slides along the floor where its limits allow it, else it brakes. An arm that is
        below the floor already may move upwards.

        Returns:
            (N,) which arms were changed.
        """
        if not np.isfinite(self._floor):
            return np.zeros(len(steps), bool)
        stops = self.targets + steps + self._stopping_way(steps)
        heights = self._heights(stops)
        low = (heights < self._floor) & (heights < self._stop_height)
        if low.any():
            brakes = np.maximum(np.abs(self._steps) - self._largest_change, 0.0)
            brakes = np.copysign(brakes, self._steps)
            # Joints that would lower the tool brake, the others go on: the tool slides.
            lowers = self._kinematics.tool_jacobian(self._joints)[:, 2] * steps < -_ROUNDING
            sliding = np.where(lowers & low[:, None], brakes, steps)
            slid = self._heights(self.targets + sliding + self._stopping_way(sliding))
            slides = slid >= np.minimum(self._floor, self._stop_height) - 10 * _ROUNDING
            steps[low] = np.where(slides[:, None], sliding, brakes)[low]
            # A braking arm comes to rest where the last period's braking would have ended.
            heights[low] = np.where(slides, slid, self._stop_height)[low]
        self._stop_height = heights
        return low

    def _heights(self, positions: Floats) -> Floats:
        """Returns (N,) heights of the tools at joint positions (N, A), m in the base frame."""
        self._stopped[:, self._joints] = positions
        return self._kinematics.tool_positions(self._stopped)[:, 2]


def _clip(values: Floats, lowest: Floats | float, highest: Floats | float) -> Floats:
    """The same as `numpy.clip`, which takes longer for so few values."""
    return np.minimum(np.maximum(values, lowest), highest)
