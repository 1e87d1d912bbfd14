"""Rules on the tool frame and the cameras."""

import re
from collections.abc import Iterator

import mujoco

from arm_sim.common.errors import UserError
from arm_sim.robot.camera_intrinsics import is_perspective
from arm_sim.robot.model import find_frame
from arm_sim.robot.scene_settings import SceneSettings, ToolSite


def tool_site_fits(model: mujoco.MjModel, settings: SceneSettings) -> Iterator[str]:
    """A given tool frame exists, or is put on a body that exists."""
    site, frame = settings.tool_site, settings.tool_frame
    if isinstance(site, ToolSite):
        bodies = [model.body(body).name for body in range(1, model.nbody)]
        if site.body not in bodies:
            yield f"tool_site: there is no body '{site.body}' (valid: {', '.join(bodies)})."
        if frame is None:
            yield "tool_site needs tool_frame, which is its name."
        elif mujoco.mj_name2id(model, mujoco.mjtObj.mjOBJ_SITE.value, frame) >= 0:
            yield f"tool_site: the file has a site '{frame}' already; leave tool_site out."
    elif frame is not None:
        yield from tool_frame_exists(model, settings)


def tool_frame_exists(model: mujoco.MjModel, settings: SceneSettings) -> Iterator[str]:
    """The tool frame is a site or a body of the model."""
    try:
        find_frame(model, settings.tool_frame or "")
    except UserError as error:
        yield f"tool_frame: {error}"


def tool_moves_with_the_arm(model: mujoco.MjModel, settings: SceneSettings) -> Iterator[str]:
    """A given tool frame hangs on the arm."""
    if settings.tool_frame is None:
        return
    if isinstance(settings.tool_site, ToolSite):
        body = model.body(settings.tool_site.body).id
    else:
        kind, index = find_frame(model, settings.tool_frame)
        body = int(model.site_bodyid[index]) if kind == "site" else index
    moved = {int(model.joint(name).bodyid[0]) for name in settings.arm_joints or ()}
    while body and body not in moved:
        body = int(model.body_parentid[body])
    if not body:
        yield f"tool_frame: {settings.tool_frame} does not move with the arm."


def cameras_exist(model: mujoco.MjModel, settings: SceneSettings) -> Iterator[str]:
    """Every camera is one of the scene's, and is named once."""
    cameras = settings.cameras or []
    known = [name for i in range(model.ncam) if (name := model.camera(i).name)]
    unknown = [name for name in cameras if name not in known]
    if unknown:
        yield f"Unknown cameras {', '.join(unknown)} (valid: {', '.join(known) or 'none'})."
    if repeated := sorted({name for name in cameras if cameras.count(name) > 1}):
        yield f"cameras names {', '.join(repeated)} more than once."


def camera_names_fit_topics(model: mujoco.MjModel, settings: SceneSettings) -> Iterator[str]:
    """Every camera's name can be the first part of its topics' names."""
    unfit = [repr(name) for name in settings.cameras or () if not fits_topic(name)]
    if unfit:
        yield (
            f"Cameras whose names can't begin a ROS topic's: {', '.join(unfit)}. Use letters, "
            "digits and single underscores, a letter first."
        )


def cameras_are_perspective(model: mujoco.MjModel, settings: SceneSettings) -> Iterator[str]:
    """Every camera is a pinhole camera, as `camera_info` describes no other."""
    cameras = (model.camera(i) for i in range(model.ncam))
    named = [camera.name for camera in cameras if camera.name in (settings.cameras or ())]
    if flat := [name for name in named if not is_perspective(model, model.camera(name).id)]:
        yield (
            f"Orthographic cameras: {', '.join(flat)}. Images and camera_info are those of "
            'perspective cameras: use projection="perspective", or leave them out of cameras.'
        )


def fits_topic(name: str) -> bool:
    """Returns whether a name can be a part of a topic's name.

    See https://design.ros2.org/articles/topic_and_service_names.html.
    """
    return bool(re.fullmatch(r"[A-Za-z]\w*", name, re.ASCII)) and "__" not in name
