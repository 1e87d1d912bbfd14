"""Couplings of joints: which joints follow another one, by equality constraints or by a tendon."""

from dataclasses import dataclass

import mujoco

from arm_sim.robot_description.actuators import is_fixed_tendon, is_scalar, tendon_joints


@dataclass(frozen=True)
class Line:
    """A quantity that changes linearly with the position q of a joint: ratio · q + shift."""

    ratio: float
    shift: float

    def at(self, other: "Line") -> "Line":
        """Returns this quantity as a line of the joint of which its own joint is the line `other`.

        Example: `Line(2, 1).at(Line(3, 0))` is `Line(6, 1)`.
        """
        return Line(self.ratio * other.ratio, self.ratio * other.shift + self.shift)


def followers(model: mujoco.MjModel, joint: int) -> dict[int, Line]:
    """Returns the positions of a joint and of all that equality constraints couple to it.

    By joint index, as lines of the joint's position. Constraints of higher order are left out: no
    line describes them.
    """
    found, queue = {joint: Line(1.0, 0.0)}, [joint]
    edges = _linear_equalities(model)
    while queue:
        leader = queue.pop(0)
        for follower, line in edges.get(leader, []):
            if follower not in found:
                found[follower] = line.at(found[leader])
                queue.append(follower)
    return found


def _linear_equalities(model: mujoco.MjModel) -> dict[int, list[tuple[int, Line]]]:
    """By joint: the joints coupled to it, and their lines, from the active equality constraints."""
    edges: dict[int, list[tuple[int, Line]]] = {}
    for equality in range(model.neq):
        y, x = int(model.eq_obj1id[equality]), int(model.eq_obj2id[equality])
        of_joints = model.eq_type[equality] == mujoco.mjtEq.mjEQ_JOINT.value
        if not of_joints or not model.eq_active0[equality] or x < 0:
            continue
        # https://mujoco.readthedocs.io/en/stable/XMLreference.html#equality-joint-polycoef
        constant, ratio, *higher = model.eq_data[equality, :5]
        if any(higher) or not ratio:
            continue
        shift = constant + _reference(model, y) - ratio * _reference(model, x)
        edges.setdefault(x, []).append((y, Line(ratio, shift)))
        edges.setdefault(y, []).append((x, Line(1 / ratio, -shift / ratio)))
    return edges


def moved_by_tendon(model: mujoco.MjModel, tendon: int) -> dict[int, Line]:
    """Returns the positions of a fixed tendon's joints as lines of its first joint's position.

    Joints that no equality constraint couples to the first one are taken to share the motion by
    their coefficients, as they do if their inertias and dampings are alike.
    """
    first = tendon_joints(model, tendon)[0]
    found = followers(model, first)
    leader, coefficients = Line(1.0, 0.0), _coefficients(model, tendon)
    for joint, coefficient in coefficients.items():
        if joint not in found and coefficients[first]:
            ratio = coefficient / coefficients[first]
            shift = _reference(model, joint) - ratio * _reference(model, first)
            own = Line(ratio, shift).at(leader)
            for follower, line in followers(model, joint).items():
                found.setdefault(follower, line.at(own))
    return found


def tendon_length(model: mujoco.MjModel, tendon: int, moved: dict[int, Line]) -> Line | None:
    """Returns the length of a fixed tendon as a line of the position of the joint that leads it.

    Args:
        model: The compiled model.
        tendon: Index of the tendon.
        moved: The lines of the joints that move with this joint.

    Returns:
        None if the tendon is spatial, or has a joint that is not among `moved`.
    """
    if not is_fixed_tendon(model, tendon):
        return None
    coefficients = _coefficients(model, tendon)
    if not set(coefficients) <= set(moved):
        return None
    ratio = sum(c * moved[joint].ratio for joint, c in coefficients.items())
    return Line(ratio, sum(c * moved[joint].shift for joint, c in coefficients.items()))


def _coefficients(model: mujoco.MjModel, tendon: int) -> dict[int, float]:
    first, joints = model.tendon_adr[tendon], tendon_joints(model, tendon)
    found = dict.fromkeys(joints, 0.0)
    for offset, joint in enumerate(joints):
        found[joint] += float(model.wrap_prm[first + offset])
    return found


def _reference(model: mujoco.MjModel, joint: int) -> float:
    """A joint's position in the model's reference configuration, `qpos0`; 0 unless it is scalar."""
    return float(model.qpos0[model.jnt_qposadr[joint]]) if is_scalar(model, joint) else 0.0
