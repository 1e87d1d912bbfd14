"""A small arm that tests of scenes vary: what its wrist weighs, its servos, what touches."""

from collections.abc import Callable
from pathlib import Path

import mujoco
import pytest

from arm_sim.common.config import build
from arm_sim.robot.builder import build_robot
from arm_sim.robot.robot import Robot
from arm_sim.robot.scene_settings import SceneSettings

Changes = dict[str, str]
SMALL_ARM = """
<mujoco>
  <compiler angle="radian"/>
  <option timestep="0.005" integrator="implicitfast"/>
  <default>
    <joint damping="0.5" armature="0.3" user="2"/>
    <geom contype="0" conaffinity="0"/>
    <general biastype="affine" gainprm="1000" biasprm="0 -1000 -100" forcerange="-30 30"/>
  </default>
  <worldbody>
    <body name="base">
      <geom name="base" type="cylinder" size="0.05 0.05" pos="0 0 0.05" mass="2"/>
      <body name="upper" pos="0 0 0.1" gravcomp="1">
        <joint name="j1" axis="0 0 1" range="-3 3"/>
        <geom name="upper" type="capsule" fromto="0 0 0 0 0 0.15" size="0.03" mass="1"/>
        <body name="lower" pos="0 0 0.15" gravcomp="1">
          <joint name="j2" axis="0 1 0" range="-3 3"/>
          <geom name="lower" type="capsule" fromto="0 0 0 0 0 0.3" size="0.03" mass="1"/>
          <body name="wrist" pos="0 0 0.3" gravcomp="1">
            <joint name="j3" axis="0 1 0" range="-3 3"/>
            <geom name="wrist" type="capsule" fromto="0 0 0 0.3 0 0" size="0.03" mass="1"/>
            <site name="tip" pos="0.3 0 0"/>
          </body>
        </body>
      </body>
    </body>
    <body name="target" mocap="true" pos="1.5 1.5 1.5"><geom name="target" size="0.03"/></body>
  </worldbody>
  <actuator>
    <general name="j1" joint="j1"/>
    <general name="j2" joint="j2"/>
    <general name="j3" joint="j3"/>
  </actuator>
</mujoco>
"""
SETTINGS = {
    "arm_joints": ["j1", "j2", "j3"],
    "tool_frame": "tip",
    "base_frame": "base",
    "velocity_limits": {"j1": 2.0, "j2": 2.0, "j3": 2.0},
    "home": [0.3, 0.5, 0.9],
    "workspace": {"lower": [0.2, -0.2, 0.2], "upper": [0.4, 0.2, 0.4]},
}
LIGHT_WRIST = {
    'armature="0.3"': "",
    '0.3 0 0" size="0.03" mass="1"': '0.01 0 0" size="0.005" mass="0.02"',
}


@pytest.fixture(autouse=True)
def _working_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)  # MuJoCo writes its warnings to a file there.


@pytest.fixture
def small_arm() -> Callable[..., mujoco.MjSpec]:
    """Makes the spec of the small arm, with some texts in it replaced."""

    def make(changes: Changes | None = None) -> mujoco.MjSpec:
        text = SMALL_ARM
        for old, new in (changes or {}).items():
            assert old in text
            text = text.replace(old, new)
        return mujoco.MjSpec.from_string(text)

    return make


@pytest.fixture
def light_wrist(small_arm: Callable[..., mujoco.MjSpec]) -> mujoco.MjSpec:
    """The small arm without rotor inertia, a wrist of 20 g behind a servo of 30 N·m."""
    return small_arm(LIGHT_WRIST)


@pytest.fixture
def robot_of() -> Callable[[mujoco.MjSpec], Robot]:
    """Compiles a spec of the small arm and returns its robot."""

    def make(spec: mujoco.MjSpec) -> Robot:
        return build_robot("small", spec.compile(), build(SceneSettings, SETTINGS, "test"))

    return make
