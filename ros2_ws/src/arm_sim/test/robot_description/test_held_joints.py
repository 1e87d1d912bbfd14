"""Held joints are gone, and what is left moves as before."""

import mujoco
import numpy as np
import pytest

from arm_sim.robot_description.held_joints import hold_joints

# Bodies turned in every way that MJCF has, references other than 0, frames, several joints a body.
TREE = """
<mujoco>
  <compiler angle="{angle}" eulerseq="{eulerseq}"/>
  <worldbody>
    <body name="a" pos="0.1 0.2 0.3" {a}>
      <joint name="a1" axis="1 2 -1" pos="0.1 0.2 -0.3" ref="{ref}"/>
      <geom size="0.1"/>
      <frame pos="0.3 0 0.1" euler="{euler}">
        <body name="b" pos="0 0.1 0" {b}>
          <joint name="b1" axis="0 1 0" pos="0 0.1 0.1"/>
          <joint name="b2" type="slide" axis="1 0 1" ref="0.1"/>
          <joint name="b3" axis="0 0 1"/>
          <geom size="0.1"/>
          <body name="c" pos="0 0 0.4" {c}>
            <joint type="ball"/>
            <geom size="0.1"/>
            <body name="d" pos="0.2 0 0">
              <joint name="d1" axis="1 1 0"/>
              <geom size="0.1"/>
              <site name="tip" pos="0.1 0.2 0.3"/>
            </body>
          </body>
        </body>
      </frame>
    </body>
    <body name="brick" pos="1 1 1"><freejoint/><geom size="0.1"/></body>
  </worldbody>
</mujoco>
"""
RADIANS = {"angle": "radian", "euler": "0.4 -0.2 1.1", "ref": "0.5"}
DEGREES = {"angle": "degree", "euler": "20 -40 70", "ref": "25"}
PLAIN = {"eulerseq": "xyz", "a": "", "b": "", "c": ""}
SPECS = {
    "quaternions": RADIANS | PLAIN | dict.fromkeys("abc", 'quat="0.3 -0.5 0.7 0.4"'),
    "euler angles": RADIANS | PLAIN | dict.fromkeys("abc", 'euler="0.3 -0.7 1.1"'),
    "euler angles in degrees": DEGREES
    | PLAIN
    | {"eulerseq": "ZYX"}
    | dict.fromkeys("abc", 'euler="10 90 -50"'),
    "axes and angles": DEGREES | PLAIN | dict.fromkeys("abc", 'axisangle="1 2 3 40"'),
    "axes": RADIANS
    | PLAIN
    | {"a": 'xyaxes="0 1 0 -1 0 1"', "b": 'zaxis="1 0 1"', "c": 'zaxis="0 -1 0"'},
}


@pytest.fixture(params=SPECS.values(), ids=SPECS)
def text(request: pytest.FixtureRequest) -> str:
    return TREE.format_map(request.param)


def random_positions(model: mujoco.MjModel, seed: int) -> np.ndarray:
    positions = np.random.default_rng(seed).uniform(-1.5, 1.5, model.nq)
    mujoco.mj_normalizeQuat(model, positions)
    return positions


@pytest.mark.parametrize("kept", [["a1"], ["b2"], ["b1", "b3"], ["d1"], ["a1", "b2", "d1"], []])
def test_what_is_left_moves_as_before(text: str, kept: list[str]) -> None:
    spec = mujoco.MjSpec.from_string(text)
    before = spec.compile()
    held = random_positions(before, 0)
    hold_joints(spec, before, [before.joint(name).id for name in kept], held)
    after = spec.compile()
    assert [after.joint(i).name for i in range(after.njnt)] == kept
    whole, left = mujoco.MjData(before), mujoco.MjData(after)
    for seed in range(1, 20):
        drawn = random_positions(before, seed)
        whole.qpos[:] = held
        for i, name in enumerate(kept):
            address = before.joint(name).qposadr[0]
            left.qpos[i] = whole.qpos[address] = drawn[address]
        mujoco.mj_kinematics(before, whole)
        mujoco.mj_kinematics(after, left)
        np.testing.assert_allclose(left.xpos, whole.xpos, rtol=0, atol=1e-12)
        np.testing.assert_allclose(left.xmat, whole.xmat, rtol=0, atol=1e-12)
        np.testing.assert_allclose(left.geom_xpos, whole.geom_xpos, rtol=0, atol=1e-12)
        np.testing.assert_allclose(left.site_xpos, whole.site_xpos, rtol=0, atol=1e-12)


@pytest.mark.parametrize("name", ["a1", "b2"])
def test_a_body_that_stays_where_it_was_is_not_touched(text: str, name: str) -> None:
    spec = mujoco.MjSpec.from_string(text)
    before = spec.compile()
    hold_joints(spec, before, [before.joint(name).id], before.qpos0)
    after = spec.compile()
    np.testing.assert_array_equal(after.body_pos, before.body_pos)
    np.testing.assert_array_equal(after.body_quat, before.body_quat)


# Two arms of three hinges with all that can refer to joints; the second one's are removed.
REFERENCES = """
<mujoco>
  <worldbody>
    <body name="k1"><joint name="k1"/><geom size="0.1"/>
      <body name="k2" pos="1 0 0"><joint name="k2"/><geom size="0.1"/><site name="ks"/></body>
    </body>
    <body name="r1" pos="0 3 0"><joint name="r1"/><geom size="0.1"/>
      <body name="r2" pos="1 0 0"><joint name="r2"/><geom size="0.1"/><site name="rs"/></body>
    </body>
    <body name="mover" mocap="true" pos="0 0 2"><geom size="0.1"/></body>
    <site name="ground"/>
  </worldbody>
  <tendon>
    <fixed name="kept"><joint joint="k1" coef="1"/><joint joint="k2" coef="1"/></fixed>
    <fixed name="mixed"><joint joint="k1" coef="1"/><joint joint="r1" coef="1"/></fixed>
    <fixed name="removed"><joint joint="r1" coef="1"/></fixed>
    <spatial name="spatial"><site site="ks"/><site site="rs"/></spatial>
  </tendon>
  <equality>
    <joint name="kept_joint" joint1="k1" joint2="k2"/>
    <joint name="kept_alone" joint1="k2"/>
    <joint name="mixed_joint" joint1="k1" joint2="r1"/>
    <joint name="removed_joint" joint1="r1" joint2="r2"/>
    <tendon name="kept_tendon" tendon1="kept"/>
    <tendon name="mixed_tendon" tendon1="mixed"/>
    <connect name="kept_connect" body1="k1" body2="k2" anchor="0 0 0"/>
    <connect name="to_removed" body1="k2" body2="r2" anchor="0 0 0"/>
    <connect name="to_world" body1="k2" anchor="0 0 0"/>
    <weld name="to_mover" body1="mover" body2="k2"/>
    <weld name="kept_weld" body1="k1" body2="k2"/>
    <connect name="to_ground" site1="ks" site2="ground"/>
  </equality>
  <actuator>
    <motor name="kept_motor" joint="k1"/>
    <position name="removed_servo" joint="r1"/>
    <position name="kept_by_tendon" tendon="kept"/>
    <position name="mixed_by_tendon" tendon="mixed"/>
    <motor name="kept_site" site="ks"/>
    <motor name="removed_site" site="rs"/>
    <adhesion name="removed_body" body="r2" ctrlrange="0 1"/>
  </actuator>
  <sensor>
    <jointpos joint="k1"/><jointpos joint="r1"/><actuatorfrc actuator="removed_servo"/>
    <framepos objtype="site" objname="rs"/>
  </sensor>
  <contact><exclude body1="k2" body2="r2"/></contact>
  <keyframe><key name="home" qpos="0 0 1 1" ctrl="0 0 0 0 0 0 0"/></keyframe>
</mujoco>
"""


@pytest.fixture(scope="module")
def left() -> mujoco.MjModel:
    spec = mujoco.MjSpec.from_string(REFERENCES)
    before = spec.compile()
    hold_joints(spec, before, [before.joint(name).id for name in ("k1", "k2")], before.key_qpos[0])
    return spec.compile()


def named(model: mujoco.MjModel, kind: str, count: int) -> list[str]:
    return [getattr(model, kind)(i).name for i in range(count)]


def test_what_acts_on_removed_joints_goes_with_them(left: mujoco.MjModel) -> None:
    assert named(left, "tendon", left.ntendon) == ["kept"]
    assert named(left, "actuator", left.nactuator) == ["kept_motor", "kept_by_tendon", "kept_site"]
    assert (left.nsensor, left.nkey, left.nmocap) == (0, 0, 0)


def test_no_constraint_ties_the_rest_to_what_stands_still(left: mujoco.MjModel) -> None:
    assert named(left, "equality", left.neq) == [
        "kept_joint",
        "kept_alone",
        "kept_tendon",
        "kept_connect",
        "kept_weld",
    ]


def test_bodies_stay_where_the_keyframe_had_put_them(left: mujoco.MjModel) -> None:
    before, data = mujoco.MjModel.from_xml_string(REFERENCES), mujoco.MjData(left)
    expected = mujoco.MjData(before)
    expected.qpos[:] = before.key_qpos[0]
    mujoco.mj_kinematics(before, expected)
    mujoco.mj_kinematics(left, data)
    np.testing.assert_allclose(data.site("rs").xpos, expected.site("rs").xpos, atol=1e-12)
    assert np.linalg.norm(expected.site("rs").xpos - [1, 3, 0]) > 0.5
    assert left.nexclude == 1
