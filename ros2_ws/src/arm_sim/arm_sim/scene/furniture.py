"""What stands around a robot in its scene: sky, light, floor, boxes, cameras and the goal."""

from pathlib import Path

import mujoco
import numpy as np

from arm_sim.common.errors import UserError
from arm_sim.robot.object_spec import GOAL, ObjectSpec
from arm_sim.robot.scene_settings import SceneSettings, Vector
from arm_sim.scene.contact_masks import ANYTHING

_TEMPLATE = """
<mujoco model="scene">
  <compiler angle="radian" autolimits="true"/>
  <visual>
    <global offwidth="640" offheight="480" fovy="45"/>
    <headlight ambient="0.35 0.35 0.35" diffuse="0.35 0.35 0.35" specular="0 0 0"/>
    <map znear="0.05" zfar="10"/>
  </visual>
  <asset>
    <texture name="scene_sky" type="skybox" builtin="gradient" rgb1="0.93 0.95 0.98"
             rgb2="0.62 0.68 0.76" width="64" height="384"/>
    <material name="scene_floor" rgba="0.55 0.57 0.60 1"/>
    <material name="scene_target" rgba="0.90 0.06 0.06 1" emission="0.35"/>
  </asset>
  <worldbody>
    <light name="scene_sun" pos="0.3 -0.6 3" dir="0.1 0.2 -1" directional="true"
           castshadow="false" diffuse="0.55 0.55 0.55" specular="0.1 0.1 0.1"/>
  </worldbody>
</mujoco>
"""


def empty_scene() -> mujoco.MjSpec:
    """Returns a spec with sky and light, to which everything else is added."""
    return mujoco.MjSpec.from_string(_TEMPLATE)


def add_surroundings(scene: mujoco.MjSpec, settings: SceneSettings, has_floor: bool) -> None:
    """Adds floor, boxes and cameras.

    Args:
        scene: The spec to add them to.
        settings: Complete settings.
        has_floor: Whether the robot's file brings a floor of its own.
    """
    world = scene.worldbody
    if isinstance(settings.floor, float) and not has_floor:
        floor = _add_obstacle(scene, "scene_floor", (0.0, 0.0, settings.floor))
        floor.type, floor.size = mujoco.mjtGeom.mjGEOM_PLANE, (3.0, 3.0, 0.1)
        floor.material = "scene_floor"
    for name, box in settings.boxes.items():
        geom = _add_obstacle(scene, name, box.centre)
        geom.type, geom.size = mujoco.mjtGeom.mjGEOM_BOX, np.array(box.size) / 2
        geom.rgba = (*box.colour, 1.0)
    for name, pose in (settings.scene_cameras or {}).items():
        camera = world.add_camera(name=name, pos=pose.position, fovy=pose.field_of_view)
        camera.alt.type = mujoco.mjtOrientation.mjORIENTATION_XYAXES
        camera.alt.xyaxes = (*pose.right, *pose.up)


def _add_obstacle(scene: mujoco.MjSpec, name: str, position: Vector) -> mujoco.MjsGeom:
    geom = scene.worldbody.add_geom(name=name, pos=position)
    geom.contype, geom.conaffinity, geom.friction[0] = ANYTHING, ANYTHING, 0.8
    return geom


def add_goal(scene: mujoco.MjSpec, settings: SceneSettings) -> None:
    """Adds the ball that shows the goal: the only mocap body, which touches nothing."""
    name = GOAL if scene.body(GOAL) is None else f"scene_{GOAL}"
    middle = np.mean([settings.box.lower, settings.box.upper], axis=0)
    body = scene.worldbody.add_body(name=name, mocap=True, pos=middle)
    ball = body.add_geom(type=mujoco.mjtGeom.mjGEOM_SPHERE, material="scene_target", mass=0.0)
    ball.size = (settings.target_radius or 0.03, 0.0, 0.0)
    ball.contype, ball.conaffinity = 0, 0


_SHAPES = {
    "box": mujoco.mjtGeom.mjGEOM_BOX,
    "cylinder": mujoco.mjtGeom.mjGEOM_CYLINDER,
    "sphere": mujoco.mjtGeom.mjGEOM_SPHERE,
    "mesh": mujoco.mjtGeom.mjGEOM_MESH,
}
# Torsional and rolling friction, m: a grasped object does not turn about the line between two
# fingertips, and a ball comes to rest.
_TORSIONAL, _ROLLING = 0.02, 0.001
# The stiffest contacts that 5 ms timesteps allow: with MuJoCo's default, 0.02 s, a grasped object
# creeps by 14 mm in 15 s of motion, with these by 4 mm.
_CONTACT_SECONDS, _CONTACT_IMPEDANCE = 0.01, (0.95, 0.99)


def add_object(scene: mujoco.MjSpec, name: str, spec: ObjectSpec) -> None:
    """Adds a free object, whose body and joint have its name.

    Raises:
        UserError: If the goal, a box or something of the robot has this name.
    """
    mesh = f"{name}_mesh"
    taken = [scene.body(name), scene.joint(name), scene.geom(name)]
    if spec.shape == "mesh":
        taken.append(scene.mesh(mesh))
    if name == GOAL or any(element is not None for element in taken):
        raise UserError(
            f"An object can't be named '{name}', as the goal, a box or a part of the robot is."
        )
    body = scene.worldbody.add_body(name=name, pos=spec.position)
    body.quat = (np.cos(spec.yaw / 2), 0.0, 0.0, np.sin(spec.yaw / 2))
    body.add_freejoint(name=name)
    geom = body.add_geom(type=_SHAPES[spec.shape], mass=spec.mass)
    if spec.shape == "mesh":
        scene.add_mesh(name=mesh, file=str(Path(spec.file).resolve()), scale=spec.size * 3)
        geom.meshname = mesh
    else:
        halves = [length / 2 for length in spec.size]
        geom.size = [*halves, 0.0, 0.0][:3]
    geom.rgba = (*spec.colour, 1.0)
    geom.contype, geom.conaffinity, geom.condim = ANYTHING, ANYTHING, 6
    geom.friction = (spec.friction, _TORSIONAL, _ROLLING)
    # Contacts have the object's friction and stiffness, not a mixture with those of the others.
    geom.priority, geom.solref[0], geom.solimp[:2] = 1, _CONTACT_SECONDS, _CONTACT_IMPEDANCE
