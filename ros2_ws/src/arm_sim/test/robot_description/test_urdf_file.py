"""A URDF becomes the same robot that an MJCF of it describes."""

from collections.abc import Callable

import mujoco
import numpy as np

from arm_sim.robot_description.robot_file import RobotFile
from support.small_arms import INERTIAL, MJCF_ARM, URDF_ARM, one_joint_urdf

Read = Callable[..., RobotFile]


def test_urdf_and_mjcf_of_one_arm_have_the_same_kinematics(read: Read) -> None:
    models = [
        read(text, name).spec.compile()
        for text, name in ((URDF_ARM, "arm.urdf"), (MJCF_ARM, "arm.xml"))
    ]
    urdf, mjcf = models
    assert [urdf.joint(i).name for i in range(5)] == [mjcf.joint(i).name for i in range(5)]
    np.testing.assert_allclose(urdf.jnt_range, mjcf.jnt_range)
    np.testing.assert_array_equal(urdf.jnt_limited, mjcf.jnt_limited)
    np.testing.assert_allclose(urdf.eq_data[:, :5], mjcf.eq_data[:, :5])
    datas = [mujoco.MjData(model) for model in models]
    rng = np.random.default_rng(0)
    for _ in range(1000):
        positions = rng.uniform(-3, 3, 5)
        for model, data in zip(models, datas, strict=True):
            data.qpos[:] = positions
            mujoco.mj_kinematics(model, data)
        for frame in ("base", "upper", "lower", "wrist", "flange", "tool0", "left", "right"):
            a, b = (data.body(frame) for data in datas)
            np.testing.assert_allclose(a.xpos, b.xpos, atol=1e-6)
            np.testing.assert_allclose(a.xmat, b.xmat, atol=1e-6)


def test_a_joint_that_mimics_another_follows_it(read: Read) -> None:
    robot = read(URDF_ARM)
    model = robot.spec.compile()
    data = mujoco.MjData(model)
    data.joint("left_finger").qfrc_applied[:] = 20.0  # Against gravity, and to a limit.
    for _ in range(2000):
        mujoco.mj_step(model, data)
    left, right = data.joint("left_finger").qpos[0], data.joint("right_finger").qpos[0]
    assert left > 0.03
    assert abs(right - (0.005 - 1.5 * left)) < 2e-3
    assert any("right_finger" in note for note in robot.notes)


def test_links_that_are_only_fixed_stay_bodies(read: Read) -> None:
    model = read(URDF_ARM).spec.compile()
    assert model.body("flange").parentid == model.body("wrist").id
    assert model.body("tool0").parentid == model.body("flange").id
    assert model.body("base").parentid == 0


def test_settings_of_mujoco_in_the_urdf_are_kept(read: Read) -> None:
    compiler = '<compiler fusestatic="true" discardvisual="true"/>'
    own = f'<mujoco>{compiler}<option timestep="0.004"/></mujoco>'
    model = read(URDF_ARM.replace("<link", own + "<link", 1)).spec.compile()
    assert model.opt.timestep == 0.004
    assert model.body("tool0")
    assert 0 in model.geom_contype  # The visual one.


def test_elements_for_other_programs_are_ignored(read: Read) -> None:
    more = (
        '<transmission name="t"><type>x</type></transmission><gazebo reference="arm"/>'
        "<gazebo><controller:gazebo_ros_control x='1'/></gazebo><sensor/>"
    )
    assert read(one_joint_urdf(more=more)).spec.compile().njnt == 1


def test_a_second_inertial_and_root_do_no_harm(read: Read) -> None:
    robot = read(one_joint_urdf(INERTIAL + INERTIAL, more='<link name="table"/>'))
    assert robot.spec.compile().body("table").parentid == 0
    assert "Links without a parent besides the first are fixed to the world: table." in robot.notes
