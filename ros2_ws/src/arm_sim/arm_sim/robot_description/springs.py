"""Linear springs of joints and fixed tendons, which a position servo works against."""

import mujoco

from arm_sim.robot_description.actuators import is_scalar
from arm_sim.robot_description.couplings import Line, tendon_length


def spring_force(model: mujoco.MjModel, moved: dict[int, Line]) -> Line:
    """Returns the force of the springs on a joint at rest, as a line of its position, N·m or N.

    It is the sum of -stiffness · (position - rest) of all that moves with the joint, each by the
    ratio of its motion. Of polynomial springs only the linear part counts; tendons with a range of
    lengths without force are left out.

    Args:
        model: The compiled model.
        moved: The positions of the joints that move with the joint, itself included.
    """
    if model.opt.disableflags & mujoco.mjtDisableBit.mjDSBL_SPRING.value:
        return Line(0.0, 0.0)
    springs = []
    for joint, line in moved.items():
        if is_scalar(model, joint):
            rest = float(model.qpos_spring[model.jnt_qposadr[joint]])
            springs.append((float(model.jnt_stiffness[joint]), rest, line))
    for tendon in range(model.ntendon):
        lower, upper = model.tendon_lengthspring[tendon]
        length = tendon_length(model, tendon, moved)
        if length is not None and lower == upper:
            springs.append((float(model.tendon_stiffness[tendon]), float(lower), length))
    ratio = sum(stiffness * line.ratio**2 for stiffness, _, line in springs)
    shift = sum(k * line.ratio * (line.shift - rest) for k, rest, line in springs)
    return Line(-float(ratio), -float(shift))
