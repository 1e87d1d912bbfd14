"""Fixtures that the tests of robot files share."""

from collections.abc import Callable
from pathlib import Path

import mujoco
import numpy as np
import pytest

from arm_sim.common.errors import UserError
from arm_sim.robot_description.robot_file import RobotFile, read_robot_file

# A small arm in MJCF, whose joints and actuators each test writes itself.
ARM = """\
<mujoco>
  <compiler angle="radian"/>
  <option timestep="0.005" integrator="{integrator}"{option}>{flag}</option>
  <default><joint damping="1" armature="0.1"/>{default}</default>
  <worldbody>
    <site name="ground"/>
    <body name="base">
      <body name="l1" pos="0 0 0.1" gravcomp="{gravcomp}">
        <joint name="j1" axis="0 0 1" range="-3 3" {j1}/>
        <geom type="capsule" fromto="0 0 0 0 0 0.15" size="0.03" mass="1"/>
        <body name="l2" pos="0 0 0.15" gravcomp="{gravcomp}">
          <joint name="j2" axis="0 1 0" range="-3 3" {j2}/>
          <geom type="capsule" fromto="0 0 0 0 0 0.3" size="0.03" mass="1"/>
          <body name="l3" pos="0 0 0.3" gravcomp="{gravcomp}">
            <joint name="j3" axis="0 1 0" range="-3 3" {j3}/>
            <geom type="capsule" fromto="0 0 0 {length} 0 0" size="0.02" mass="{mass}"/>
            <site name="tip" pos="0.3 0 0"/>
            <body name="left" pos="0.3 0.01 0" gravcomp="{gravcomp}">
              <joint name="f1" type="slide" axis="0 1 0" range="0 0.04" {f1}/>
              <geom type="box" size="0.01 0.005 0.02" mass="0.05"/>
            </body>
            <body name="right" pos="0.3 -0.01 0" gravcomp="{gravcomp}">
              <joint name="f2" type="slide" axis="0 -1 0" range="0 0.04" {f2}/>
              <geom type="box" size="0.01 0.005 0.02" mass="0.05"/>
            </body>
          </body>
        </body>
      </body>
    </body>
  </worldbody>
  <tendon>{tendon}</tendon>
  <equality>{equality}</equality>
  <actuator>{actuator}</actuator>
  {more}
</mujoco>
"""
DEFAULTS = dict.fromkeys(
    [
        "option",
        "flag",
        "default",
        "j1",
        "j2",
        "j3",
        "f1",
        "f2",
        "tendon",
        "equality",
        "actuator",
        "more",
    ],
    "",
) | {"integrator": "implicitfast", "gravcomp": "1", "mass": "0.5", "length": "0.3"}

Text = Callable[..., str]
Settle = Callable[..., dict[str, float]]


@pytest.fixture
def write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Path]:
    """Writes a file, in folders of its own below a temporary one; returns its path."""
    monkeypatch.chdir(tmp_path)  # MuJoCo writes its warnings to a file in the working directory.

    def write_file(name: str, content: str | bytes) -> Path:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    return write_file


@pytest.fixture
def read(write: Callable[..., Path]) -> Callable[..., RobotFile]:
    """Reads a robot from a text."""
    return lambda text, name="arm.urdf": read_robot_file(write(name, text))


@pytest.fixture
def refusal(write: Callable[..., Path]) -> Callable[..., str]:
    """Returns the sentence with which a text is refused, without the folder of its file."""

    def refuse(text: str | bytes, name: str = "arm.urdf") -> str:
        path = write(name, text)
        with pytest.raises(UserError) as caught:
            read_robot_file(path)
        sentence = str(caught.value)
        assert "\n" not in sentence
        assert path.name in sentence
        return sentence.replace(f"{path.parent}/", "")

    return refuse


@pytest.fixture
def text() -> Text:
    """Returns the arm's MJCF; links do not touch each other."""

    def write(**parts: str) -> str:
        flag = f'<flag contact="disable" {parts.pop("flag", "")}/>'
        return ARM.format_map(DEFAULTS | parts | {"flag": flag})

    return write


@pytest.fixture
def settle() -> Settle:
    """Simulates 4 s with constant controls; returns the joints' positions."""

    def run(model: mujoco.MjModel, controls: dict[int, float]) -> dict[str, float]:
        data = mujoco.MjData(model)
        for index, value in controls.items():
            data.ctrl[index] = value
        mujoco.mj_step(model, data, nstep=round(4.0 / model.opt.timestep))
        assert np.abs(data.qvel).max() < 1e-3
        return {model.joint(i).name: float(data.qpos[i]) for i in range(model.njnt)}

    return run
