"""Rules on the tool frame and the cameras that the robot YAML names."""

import re
from collections.abc import Iterator

import mujoco

from arm_sim.common.errors import UserError
from arm_sim.robot.model import find_frame
from arm_sim.robot.rules.fault import Fault
from arm_sim.robot.settings import RobotSettings


def tool_frame_exists(model: mujoco.MjModel, settings: RobotSettings) -> Iterator[Fault]:
    """The tool frame is a site or a body of the model."""
    try:
        find_frame(model, settings.tool_frame)
    except UserError as error:
        yield Fault(f"tool_frame: {error}")


def cameras_exist(model: mujoco.MjModel, settings: RobotSettings) -> Iterator[Fault]:
    """Every camera is one of the model's, and is named once."""
    known = [model.camera(i).name for i in range(model.ncam)]
    unknown = [name for name in settings.cameras if name not in known]
    if unknown:
        yield Fault(f"Unknown cameras {', '.join(unknown)} (valid: {', '.join(known) or 'none'}).")
    repeated = sorted({n for n in settings.cameras if settings.cameras.count(n) > 1})
    if repeated:
        yield Fault(f"cameras names {', '.join(repeated)} more than once.")


def camera_names_fit_topics(model: mujoco.MjModel, settings: RobotSettings) -> Iterator[Fault]:
    """Every camera's name can be the first part of its topics' names.

    See https://design.ros2.org/articles/topic_and_service_names.html.
    """
    unfit = [
        repr(name)
        for name in settings.cameras
        if not re.fullmatch(r"[A-Za-z]\w*", name, re.ASCII) or "__" in name
    ]
    if unfit:
        yield Fault(
            f"Cameras whose names can't begin a ROS topic's: {', '.join(unfit)}. Use letters, "
            "digits and single underscores, a letter first."
        )
