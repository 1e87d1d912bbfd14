"""Converts `object_states` and `object_reset` messages to arrays and back, and checks them.

Both are sensor_msgs/MultiDOFJointState: of each arm first its objects by name, then the goal, whose
name is `target`. A message with a mistake is refused completely.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sensor_msgs.msg import MultiDOFJointState

from arm_sim.common.arrays import Floats
from arm_sim.robot.object_spec import GOAL
from arm_sim.ros.joint_messages import RejectedMessage, join_names, joint_names, stamp_ns

# A quaternion's length may differ from 1 by this much: it may be rounded to float32.
_UNIT = 1e-3


@dataclass(frozen=True)
class ObjectMessage:
    """Content of a message about some of the objects and goals of N arms.

    Attributes:
        stamp_ns: Its stamp, ns.
        objects: (N, M) which objects it names.
        poses: (N, M, 7) positions, m, and quaternions x, y, z, w, of those.
        velocities: (N, M, 6) linear and angular velocities, base frame, of those.
        goals_named: (N,) which goals it names.
        goals: (N, 3) positions of those, m.
    """

    stamp_ns: int
    objects: NDArray[np.bool_]
    poses: Floats
    velocities: Floats
    goals_named: NDArray[np.bool_]
    goals: Floats


class ObjectReader:
    """Reads messages that name objects of known names, and the goal, in any order.

    Attributes:
        names: Names of one arm's objects, then the goal's.
    """

    def __init__(self, topic: str, objects: Sequence[str], num_arms: int) -> None:
        """Prepares for messages on `topic` about `num_arms` arms with these objects each."""
        self._topic = topic
        self.names = (*objects, GOAL)
        self._shape = (num_arms, len(self.names))
        self._index = {name: i for i, name in enumerate(joint_names(self.names, num_arms))}

    def read(self, message: MultiDOFJointState) -> ObjectMessage:
        """Returns a message's content.

        Raises:
            RejectedMessage: If a name is unknown or repeated, lengths differ, a value is not
                finite, or a quaternion is not normalized.
        """
        names = message.joint_names
        if unknown := [name for name in names if name not in self._index]:
            raise self._rejected(f"names {join_names(unknown)}")
        if len(set(names)) != len(names):
            repeated = sorted({name for name in names if names.count(name) > 1})
            raise self._rejected(f"repeats {join_names(repeated)}")
        return self._content(message, names)

    def read_known(self, message: MultiDOFJointState) -> ObjectMessage:
        """As `read`, but ignores unknown names: perception may see more than a task needs.

        Raises:
            RejectedMessage: As `read`, except for unknown names.
        """
        names = message.joint_names
        if all(name in self._index for name in names):
            return self.read(message)
        self._check_lengths(message)
        kept = [i for i, name in enumerate(names) if name in self._index]
        known = MultiDOFJointState(header=message.header, joint_names=[names[i] for i in kept])
        known.transforms = [message.transforms[i] for i in kept]
        if message.twist:
            known.twist = [message.twist[i] for i in kept]
        return self.read(known)

    def _check_lengths(self, message: MultiDOFJointState) -> None:
        count = len(message.joint_names)
        if len(message.transforms) != count:
            raise self._rejected(f"has {len(message.transforms)} transforms for {count} names")
        if len(message.twist) not in (0, count):
            raise self._rejected(f"has {len(message.twist)} twists for {count} names")

    def _content(self, message: MultiDOFJointState, names: Sequence[str]) -> ObjectMessage:
        self._check_lengths(message)
        found = np.zeros((len(names), 13))
        for row, transform in zip(found, message.transforms, strict=True):
            place, turn = transform.translation, transform.rotation
            row[:7] = place.x, place.y, place.z, turn.x, turn.y, turn.z, turn.w
        for row, twist in zip(found, message.twist, strict=False):
            linear, angular = twist.linear, twist.angular
            row[7:] = linear.x, linear.y, linear.z, angular.x, angular.y, angular.z
        finite = np.asarray(np.isfinite(found).all(axis=1))
        if not finite.all():
            bad = [name for name, good in zip(names, finite, strict=True) if not good]
            raise self._rejected(f"is not finite for {join_names(bad)}")
        lengths = np.linalg.norm(found[:, 3:7], axis=1)
        if not (unit := np.abs(lengths - 1.0) <= _UNIT).all():
            bad = [name for name, good in zip(names, unit, strict=True) if not good]
            raise self._rejected(f"has rotations that are no unit quaternions: {join_names(bad)}")
        order = [self._index[name] for name in names]
        full = np.zeros((self._shape[0] * self._shape[1], 13))
        named = np.zeros(len(full), bool)
        full[order], named[order] = found, True
        rows, which = full.reshape(*self._shape, 13), named.reshape(self._shape)
        return ObjectMessage(
            stamp_ns=stamp_ns(message),
            objects=which[:, :-1],
            poses=rows[:, :-1, :7],
            velocities=rows[:, :-1, 7:],
            goals_named=which[:, -1],
            goals=rows[:, -1, :3],
        )

    def _rejected(self, what: str) -> RejectedMessage:
        arms = self._shape[0]
        valid = ", ".join(self.names)
        prefix = "" if arms == 1 else f"arm_0/ to arm_{arms - 1}/ followed by each of "
        return RejectedMessage(
            f"Refused a message on {self._topic}: it {what} (valid: {prefix}{valid}; finite "
            "positions, m, and unit quaternions)."
        )
