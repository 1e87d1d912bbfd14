"""Composes a scene: attaches a robot to a floor, a light, cameras, objects and the goal.

A robot file is never changed: what is missing is added to its spec in memory.
"""

import mujoco
import numpy as np

from arm_sim.common.arrays import Floats
from arm_sim.common.errors import UserError
from arm_sim.common.mujoco_warnings import quiet_mujoco
from arm_sim.robot.scene_settings import SceneSettings
from arm_sim.scene.contacts import apply_contacts
from arm_sim.scene.dynamics import Dynamics, apply_dynamics
from arm_sim.scene.furniture import add_goal, add_object, add_surroundings, empty_scene
from arm_sim.scene.surroundings import has_plane

# With these, objects neither slip out of a gripper nor bounce; see docs/objects.md.
_IMPEDANCE_RATIO = 10.0


class ComposedScene:
    """A scene with everything but its dynamics, which are set at each compilation.

    Attributes:
        notes: What was done about contacts, a sentence each.
    """

    def __init__(
        self, robot: mujoco.MjSpec, settings: SceneSettings, base: Floats, reach: float
    ) -> None:
        """Builds the scene. The arm's base frame is the world frame of the scene.

        Args:
            robot: The robot's spec, of which only arm and gripper move; it is used up.
            settings: Complete settings, but for the dynamics.
            base: (4, 4) pose of the base frame in the robot's world frame, m.
            reach: The arm's reach, m.

        Raises:
            UserError: If the settings don't fit the robot, for instance by a name that it has.
        """
        self._settings = settings
        self._spec = scene = empty_scene()
        for name in dir(robot.option):
            if not name.startswith("_"):
                setattr(scene.option, name, getattr(robot.option, name))
        scene.memory, scene.njmax, scene.nconmax = robot.memory, robot.njmax, robot.nconmax
        has_floor = has_plane(robot)
        for light in list(robot.lights):
            robot.delete(light)  # The scene's own light is enough, and casts no shadows.
        add_surroundings(scene, settings, has_floor)
        _keep_total_mass(robot)
        frame = scene.worldbody.add_frame()
        to_base = np.linalg.inv(base)
        quaternion = np.empty(4)
        mujoco.mju_mat2Quat(quaternion, np.ascontiguousarray(to_base[:3, :3]).ravel())
        frame.pos, frame.quat = to_base[:3, 3], quaternion
        with quiet_mujoco():
            scene.attach(robot, prefix="", frame=frame)
        scene.stat.extent = max(1.0, 1.6 * reach)
        scene.stat.center = np.mean([settings.box.lower, settings.box.upper], axis=0) / 2
        self.notes = self._apply_contacts()
        self._own = {joint.name: (joint.armature, joint.damping.copy()) for joint in scene.joints}
        # Last, so that the robot's joints come first in the model.
        for name, spec in settings.objects.items():
            add_object(scene, name, spec)
        if settings.objects:
            scene.option.cone = mujoco.mjtCone.mjCONE_ELLIPTIC
            scene.option.impratio = _IMPEDANCE_RATIO
            scene.option.solver = mujoco.mjtSolver.mjSOL_NEWTON
        add_goal(scene, settings)

    def _apply_contacts(self) -> list[str]:
        model, settings = self._compile(), self._settings
        arm = np.array([model.joint(name).id for name in settings.arm_joints or ()])
        home = model.qpos0.copy()
        home[arm] = settings.home
        for name, position in zip(
            settings.gripper_joints or (), settings.gripper_open or (), strict=True
        ):
            home[model.joint(name).id] = position
        for name, position in (settings.followers or {}).items():
            home[model.joint(name).id] = position
        return apply_contacts(self._spec, model, arm, home, settings.exact)

    def compile(self, dynamics: Dynamics) -> mujoco.MjModel:
        """Returns the compiled scene with given dynamics; what they leave out is the file's.

        Raises:
            UserError: If MuJoCo can't compile it.
        """
        for name, (armature, damping) in self._own.items():
            joint = self._spec.joint(name)
            joint.armature, joint.damping = armature, damping
        apply_dynamics(self._spec, dynamics)
        return self._compile()

    def _compile(self) -> mujoco.MjModel:
        try:
            with quiet_mujoco():
                return self._spec.compile()
        except ValueError as error:
            reason = " ".join(str(error).split())
            raise UserError(f"The scene can't be built: {reason}.") from error


def _keep_total_mass(robot: mujoco.MjSpec) -> None:
    """Writes scaled masses into the bodies, as attaching drops the compiler's `settotalmass`."""
    if robot.compiler.settotalmass <= 0:
        return
    model = robot.compile()
    for body in robot.bodies[1:]:
        own = model.body(body.id)
        body.explicitinertial, body.fullinertia[0] = True, np.nan
        body.ialt.type = mujoco.mjtOrientation.mjORIENTATION_QUAT
        body.mass, body.inertia = float(own.mass[0]), own.inertia
        body.ipos, body.iquat = own.ipos, own.iquat
    robot.compiler.inertiafromgeom = mujoco.mjtInertiaFromGeom.mjINERTIAFROMGEOM_FALSE
