"""Rules on the workspace, the box of targets, and on the tool floor below it."""

from collections.abc import Iterator

import mujoco

from arm_sim.robot.scene_settings import SceneSettings


def workspace_is_a_box(model: mujoco.MjModel, settings: SceneSettings) -> Iterator[str]:
    """Each side of the workspace has a length above 0."""
    box = settings.workspace
    if box and not all(low < high for low, high in zip(box.lower, box.upper, strict=True)):
        yield f"The workspace's lower {box.lower} must be below its upper {box.upper}."


def tool_floor_is_below_the_workspace(
    model: mujoco.MjModel, settings: SceneSettings
) -> Iterator[str]:
    """The tool may come to rest at every target."""
    floor, box = settings.tool_floor, settings.workspace
    if box and isinstance(floor, float) and floor > box.lower[2]:
        yield (
            f"tool_floor is {floor} m; it must not be above the workspace's lower corner, "
            f"{box.lower[2]} m."
        )
