"""The built-in fetch_arm is the published Fetch arm.

The figures are those of the public fetch_description package (robots/fetch.urdf), in SI units.
"""

import mujoco
import numpy as np

from arm_sim.robot.robot import Robot

INF = np.inf
X, Y, Z = (1, 0, 0), (0, 1, 0), (0, 0, 1)

# joint: (parent link, origin, axis, lower, upper, effort, velocity, damping)
JOINTS = {
    "shoulder_pan_joint": (
        *("torso_lift_link", (0.119525, 0, 0.34858), Z),
        *(-1.6056, 1.6056, 33.82, 1.256, 1),
    ),
    "shoulder_lift_joint": (
        *("shoulder_pan_link", (0.117, 0, 0.06), Y),
        *(-1.221, 1.518, 131.76, 1.454, 1),
    ),
    "upperarm_roll_joint": (
        *("shoulder_lift_link", (0.219, 0, 0), X),
        *(-INF, INF, 76.94, 1.571, 5),
    ),
    "elbow_flex_joint": (
        *("upperarm_roll_link", (0.133, 0, 0), Y),
        *(-2.251, 2.251, 66.18, 1.521, 1),
    ),
    "forearm_roll_joint": (
        *("elbow_flex_link", (0.197, 0, 0), X),
        *(-INF, INF, 29.35, 1.571, 5),
    ),
    "wrist_flex_joint": (
        *("forearm_roll_link", (0.1245, 0, 0), Y),
        *(-2.16, 2.16, 25.7, 2.268, 1),
    ),
    "wrist_roll_joint": (
        *("wrist_flex_link", (0.1385, 0, 0), X),
        *(-INF, INF, 7.36, 2.268, 5),
    ),
    "r_gripper_finger_joint": (
        *("gripper_link", (0, 0.015425, 0), Y),
        *(0, 0.05, 60, 0.05, 100),
    ),
    "l_gripper_finger_joint": (
        *("gripper_link", (0, -0.015425, 0), (0, -1, 0)),
        *(0, 0.05, 60, 0.05, 100),
    ),
}

# link: (mass, centre of mass, (ixx, ixy, ixz, iyy, iyz, izz))
LINKS = {
    "torso_lift_link": (
        *(10.7796, (-0.0013, -0.0009, 0.2935)),
        (0.3354, 0, -0.0162, 0.3354, -0.0006, 0.0954),
    ),
    "shoulder_pan_link": (
        *(2.5587, (0.0927, -0.0056, 0.0564)),
        (0.0043, -0.0001, 0.001, 0.0087, -0.0001, 0.0087),
    ),
    "shoulder_lift_link": (
        *(2.6615, (0.1432, 0.0072, -0.0001)),
        (0.0028, -0.0021, 0, 0.0111, 0, 0.0112),
    ),
    "upperarm_roll_link": (
        *(2.3311, (0.1165, 0.0014, 0)),
        (0.0019, -0.0001, 0, 0.0045, 0, 0.0047),
    ),
    "elbow_flex_link": (
        *(2.1299, (0.1279, 0.0073, 0)),
        (0.0024, -0.0016, 0, 0.0082, 0, 0.0084),
    ),
    "forearm_roll_link": (
        *(1.6563, (0.1097, -0.0266, 0)),
        (0.0016, -0.0003, 0, 0.0035, 0, 0.0035),
    ),
    "wrist_flex_link": (
        *(1.725, (0.0882, 0.0009, -0.0001)),
        (0.0018, -0.0001, 0, 0.0042, 0, 0.0042),
    ),
    "wrist_roll_link": (
        *(0.1354, (0.0095, 0.0004, -0.0002)),
        (0.0001, 0, 0, 0.0001, 0, 0.0001),
    ),
    "gripper_link": (
        *(1.5175, (-0.09, -0.0001, -0.0017)),
        (0.0013, 0, 0, 0.0019, 0, 0.0024),
    ),
}
FINGERS = ("r_gripper_finger_link", "l_gripper_finger_link")


def test_joints_are_the_published_ones(robot: Robot) -> None:
    model = robot.model
    assert robot.command_joints == tuple(JOINTS)
    # The arm's turn, the gripper's fingers and the target's axes slide.
    assert robot.joint_units == ("rad",) * 7 + ("m",) * 2
    for name, published in JOINTS.items():
        parent, origin, axis, lower, upper, effort, velocity, damping = published
        i = robot.joint_names.index(name)
        body = model.jnt_bodyid[i]
        assert model.body(model.body_parentid[body]).name == parent
        np.testing.assert_allclose(model.body_pos[body], origin, rtol=0, atol=1e-12)
        np.testing.assert_array_equal(model.body_quat[body], (1, 0, 0, 0))
        np.testing.assert_array_equal(model.jnt_pos[i], (0, 0, 0))
        np.testing.assert_array_equal(model.jnt_axis[i], axis)
        assert (robot.lower[i], robot.upper[i]) == (lower, upper), name
        assert robot.velocity_limits[i] == velocity, name
        assert model.dof_damping[i] == damping, name
        actuator = robot.actuators[robot.command_joints.index(name)]
        assert model.actuator_trnid[actuator, 0] == i
        assert tuple(model.actuator_forcerange[actuator]) == (-effort, effort), name


def test_the_gripper_is_where_it_is_published_to_be(robot: Robot) -> None:
    gripper = robot.model.body("gripper_link")
    assert robot.model.body(gripper.parentid[0]).name == "wrist_roll_link"
    np.testing.assert_array_equal(gripper.pos, (0.16645, 0, 0))
    assert gripper.jntnum[0] == 0


def test_the_torso_is_held_within_its_published_lift(robot: Robot) -> None:
    x, y, z = robot.model.body("torso_lift_link").pos
    assert (x, y) == (-0.086875, 0)
    assert 0.37743 <= z <= 0.37743 + 0.38615


def test_masses_and_inertias_are_the_published_ones(robot: Robot) -> None:
    for name, (mass, centre, (ixx, ixy, ixz, iyy, iyz, izz)) in LINKS.items():
        body = robot.model.body(name)
        turn = np.empty(9)
        mujoco.mju_quat2Mat(turn, body.iquat)
        turn = turn.reshape(3, 3)
        inertia = turn @ np.diag(body.inertia) @ turn.T
        assert body.mass[0] == mass, name
        np.testing.assert_allclose(body.ipos, centre, rtol=0, atol=1e-12)
        published = [[ixx, ixy, ixz], [ixy, iyy, iyz], [ixz, iyz, izz]]
        np.testing.assert_allclose(inertia, published, rtol=0, atol=1e-9, err_msg=name)


def test_fingers_weigh_what_is_published(robot: Robot) -> None:
    for name in FINGERS:
        body = robot.model.body(name)
        assert body.mass[0] == 0.0798
        np.testing.assert_array_equal(body.ipos, (-0.01, 0, 0))
        assert body.inertia[0] == 0.002
        # The published zeros are no rigid body's inertia.
        assert (body.inertia[1:] > 0).all() and (body.inertia[1:] <= 0.002).all()
