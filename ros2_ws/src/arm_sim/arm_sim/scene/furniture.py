"""What stands around a robot in its scene: sky, light, floor, boxes, cameras and the target."""

import mujoco
import numpy as np

from arm_sim.robot.builder import TARGET_JOINTS
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


def add_target(scene: mujoco.MjSpec, settings: SceneSettings, reach: float) -> None:
    """Adds the ball that shows the target, on three slides that are its position in the base frame.

    It touches nothing and stays where it is put. It comes last, so that its joints do as well.
    """
    name = "target" if scene.body("target") is None else "scene_target"
    body = scene.worldbody.add_body(name=name, gravcomp=1.0)
    body.mass, body.inertia, body.explicitinertial = 0.1, (1e-4, 1e-4, 1e-4), True
    for joint_name, axis in zip(TARGET_JOINTS, np.eye(3), strict=True):
        joint = body.add_joint(name=joint_name, type=mujoco.mjtJoint.mjJNT_SLIDE, axis=axis)
        joint.damping, joint.range, joint.limited = (10.0, 0.0, 0.0), (-reach, reach), True
    ball = body.add_geom(type=mujoco.mjtGeom.mjGEOM_SPHERE, material="scene_target", mass=0.0)
    ball.size = (settings.target_radius or 0.03, 0.0, 0.0)
    ball.contype, ball.conaffinity = 0, 0
