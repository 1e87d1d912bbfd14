"""Checks of a robot on the graph against the robot that a policy was trained for; no ROS.

Joint names are checked where states are read. Here: the rate of states, and the limits in the URDF.
"""

import xml.etree.ElementTree as ET
from collections.abc import Sequence

import numpy as np

from arm_sim.robot.robot import Robot

# Tolerance for limits that are rounded in a URDF, rad or m.
_ROUNDING = 1e-3


def rate_misfit(stamps_ns: Sequence[int], control_period: float) -> str | None:
    """Returns what is wrong with the rate of joint states; None if it is fast enough.

    Args:
        stamps_ns: Stamps of consecutive states, ns; at least two.
        control_period: Seconds between a policy's commands.
    """
    period = float(np.median(np.diff(stamps_ns))) / 1e9
    if period <= 0.0:
        return "the stamps of its joint_states do not rise"
    if period > 1.01 * control_period:
        return (
            f"its joint_states come at {1 / period:.1f} Hz, and the policy commands at "
            f"{1 / control_period:.1f} Hz"
        )
    return None


def limit_misfits(urdf: str, robot: Robot) -> list[str]:
    """Returns where the limits in a robot_description are tighter than those of the robot.

    A policy trained with wider limits than the arm's would be stopped by the arm, or damage it.

    Args:
        urdf: The robot_description.
        robot: The robot that the policy was trained for.
    """
    try:
        root = ET.fromstring(urdf)
    except ET.ParseError as error:
        return [f"its robot_description is not XML ({error})"]
    joints = {joint.get("name"): joint for joint in root.iter("joint")}
    misfits = []
    for i in robot.arm:
        name = robot.joint_names[i]
        if (joint := joints.get(name)) is None:
            misfits.append(f"its robot_description has no joint {name}")
            continue
        limit = joint.find("limit")
        given = {} if limit is None else limit.attrib
        try:
            lower = float(given.get("lower", "0"))  # URDF's defaults.
            upper = float(given.get("upper", "0"))
            velocity = float(given.get("velocity", "inf"))
            if np.isnan([lower, upper, velocity]).any():
                raise ValueError
        except ValueError:
            misfits.append(f"the limits of {name} in its robot_description are not numbers")
            continue
        if joint.get("type") == "continuous":
            lower, upper = -np.inf, np.inf
        if lower > robot.lower[i] + _ROUNDING or upper < robot.upper[i] - _ROUNDING:
            misfits.append(
                f"{name} goes from {lower:g} to {upper:g}, in training from {robot.lower[i]:g} to "
                f"{robot.upper[i]:g}"
            )
        if velocity < robot.velocity_limits[i] - _ROUNDING:
            misfits.append(
                f"{name} is limited to {velocity:g} per s, in training to "
                f"{robot.velocity_limits[i]:g}"
            )
    return misfits
