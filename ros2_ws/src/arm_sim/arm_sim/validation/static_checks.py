"""Static checks of a robot: what can be read off its compiled scene without simulating."""

import re

from arm_sim.robot.robot import Robot
from arm_sim.validation.findings import Findings, fine, warning
from arm_sim.validation.limit_checks import LIMIT_CHECKS


def check_joints(robot: Robot) -> Findings:
    """Says which joints are commanded."""
    arm = [robot.joint_names[i] for i in robot.arm]
    gripper = [robot.joint_names[i] for i in robot.gripper]
    yield fine(f"Arm: {', '.join(arm)}. Gripper: {', '.join(gripper) or 'none'}.")


def check_names(robot: Robot) -> Findings:
    """Warns of names that some ROS tools can't handle."""
    model = robot.model
    names = [*(model.body(i).name for i in range(model.nbody)), *robot.joint_names]
    names += [robot.tool_frame, robot.base_frame]
    unusual = sorted({n for n in names if n and not re.fullmatch(r"[\w./:-]+", n, re.ASCII)})
    if unusual:
        yield warning(
            f"Names that some ROS tools can't handle: {', '.join(map(repr, unusual))}. Letters, "
            "digits and underscores are safe."
        )


STATIC_CHECKS = (check_joints, *LIMIT_CHECKS, check_names)
