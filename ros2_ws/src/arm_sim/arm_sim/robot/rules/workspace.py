"""Rules on the workspace, the box of targets, and on the tool floor below it."""

from collections.abc import Iterator

import mujoco

from arm_sim.robot.model import joint_names
from arm_sim.robot.rules.fault import Fault
from arm_sim.robot.settings import RobotSettings


def workspace_is_a_box(model: mujoco.MjModel, settings: RobotSettings) -> Iterator[Fault]:
    """Each side of the workspace has a length above 0."""
    box = settings.workspace
    if not all(low < high for low, high in zip(box.lower, box.upper, strict=True)):
        yield Fault(f"The workspace's lower {box.lower} must be below its upper {box.upper}.")


def target_reaches_the_workspace(model: mujoco.MjModel, settings: RobotSettings) -> Iterator[Fault]:
    """The ranges of the target's joints hold the workspace."""
    names, box = joint_names(model), settings.workspace
    for name, low, high in zip(settings.target_joints, box.lower, box.upper, strict=True):
        if name not in names or not model.joint(name).limited[0]:
            continue
        lower, upper = model.joint(name).range
        if low < lower or high > upper:
            yield Fault(
                f"The workspace, {low:g} to {high:g} m, is wider than the range of {name}, "
                f"{lower:g} to {upper:g} m."
            )


def tool_floor_is_below_the_workspace(
    model: mujoco.MjModel, settings: RobotSettings
) -> Iterator[Fault]:
    """The tool may come to rest at every target."""
    floor, bottom = settings.tool_floor, settings.workspace.lower[2]
    if floor is not None and floor > bottom:
        yield Fault(
            f"tool_floor is {floor} m; it must not be above the workspace's lower corner, "
            f"{bottom} m."
        )
