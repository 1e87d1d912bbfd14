"""The built-in arm is the published Fetch arm; a wrong file is one sentence naming what is valid.

The figures are those of the public fetch_description package (robots/fetch.urdf), in SI units.
"""

import re
from collections.abc import Callable
from pathlib import Path

import mujoco
import numpy as np
import pytest
from ament_index_python.packages import get_package_share_directory

from arm_sim.common.errors import UserError
from arm_sim.robot.robot import Kinematics, Robot, load_robot

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

GRIPPER = "[r_gripper_finger_joint, l_gripper_finger_joint]"

Changes = dict[str, str]
Write = Callable[..., Robot]


@pytest.fixture(scope="module")
def models() -> Path:
    return Path(get_package_share_directory("arm_sim")) / "models"


@pytest.fixture
def write(tmp_path: Path, models: Path, monkeypatch: pytest.MonkeyPatch) -> Write:
    """Loads the built-in arm's files with some texts in them replaced by others."""
    monkeypatch.chdir(tmp_path)  # MuJoCo writes its warnings to a file in the working directory.

    def load(xml: Changes | None = None, yaml: Changes | None = None) -> Robot:
        for suffix, changes in ((".xml", xml or {}), (".yaml", yaml or {})):
            text = (models / f"fetch_arm{suffix}").read_text(encoding="utf-8")
            for old, new in changes.items():
                assert old in text
                text = text.replace(old, new)
            (tmp_path / f"my_arm{suffix}").write_text(text, encoding="utf-8")
        return load_robot(str(tmp_path / "my_arm.xml"))

    return load


def test_joints_are_the_published_ones(robot: Robot) -> None:
    model = robot.model
    assert robot.command_joints == tuple(JOINTS)
    # The arm's turn, the gripper's fingers and the target's axes slide.
    assert robot.joint_units == ("rad",) * 7 + ("m",) * 5
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


def test_home_is_inside_the_limits_with_the_gripper_open(robot: Robot) -> None:
    assert ((robot.lower <= robot.home) & (robot.home <= robot.upper)).all()
    assert np.isfinite(robot.home).all()
    assert robot.gripper_opening(robot.home[None]) == 1.0
    target = robot.home[robot.target]
    assert ((robot.workspace[0] < target) & (target < robot.workspace[1])).all()


def test_gripper_commands_and_openings_are_inverse(robot: Robot) -> None:
    openings = np.array([0.0, 0.25, 1.0])
    positions = np.tile(robot.home, (3, 1))
    positions[:, robot.gripper] = robot.gripper_command(openings)
    np.testing.assert_allclose(positions[:, robot.gripper[0]], [0, 0.0125, 0.05], atol=1e-15)
    np.testing.assert_allclose(robot.gripper_opening(positions), openings, atol=1e-15)


def test_a_robot_without_a_gripper_is_closed(write: Write) -> None:
    bare = write(yaml={GRIPPER: "[]"})
    assert bare.command_joints == tuple(JOINTS)[:7]
    assert bare.gripper_command(np.ones(3)).shape == (3, 0)
    np.testing.assert_array_equal(bare.gripper_opening(bare.home[None]), [0.0])


ALL_JOINTS = ", ".join([*JOINTS, "target_x", "target_y", "target_z"])
PAN = 'name="shoulder_pan_joint" axis="0 0 1" range="-1.6056 1.6056" user="1.256"'
PAN_ACTUATOR = (
    '<position name="shoulder_pan_joint" joint="shoulder_pan_joint" class="link" kp="1500" '
    'forcerange="-33.82 33.82"/>'
)
HOME = "[0.0, -1.0, 0.0, 1.7, 0.0, 0.5, 0.0]"
CAMERAS = "[front_camera, side_camera, top_camera]"
TARGET = "[target_x, target_y, target_z]"
SETTINGS = (
    "arm_joints, gripper_joints, target_joints, tool_frame, base_frame, home, cameras, workspace, "
    "tool_floor"
)


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        (
            "- shoulder_pan_joint",
            "- elbow",
            f"arm_joints names unknown elbow (valid: {ALL_JOINTS})",
        ),
        (
            "[r_gripper_finger_joint",
            "[thumb",
            f"gripper_joints names unknown thumb (valid: {ALL_JOINTS})",
        ),
        (
            "[target_x",
            "[goal_x",
            f"target_joints names unknown goal_x (valid: {ALL_JOINTS})",
        ),
        (
            "- shoulder_lift_joint",
            "- shoulder_pan_joint",
            "arm_joints names shoulder_pan_joint twice",
        ),
        (HOME, "[0.0, -1.0]", "home has 2 positions for 7 arm joints"),
        (
            HOME,
            "[2.0, -1.0, 9.0, 1.7, 0.0, 9.0, 0.0]",
            "shoulder_pan_joint (-1.6056 to 1.6056), wrist_flex_joint (-2.16 to 2.16).",
        ),
        (
            HOME,
            "[.nan, -1.0, 9.0, 1.7, 0.0, 0.0, 0.0]",
            "'home.0' is nan: Input should be a finite",
        ),
        (HOME, "[zero, -1.0, 9.0, 1.7, 0.0, 0.0, 0.0]", "'home.0' is 'zero': Input should be a"),
        (HOME, "straight", "'home' is 'straight': Input should be a valid list"),
        (
            CAMERAS,
            "[front_camera, rear_camera]",
            "unknown cameras rear_camera (valid: front_camera, side_camera, top_camera)",
        ),
        ("tool_frame: gripper_link", "tool_frame: hand", "no site or body 'hand' (valid: gripper"),
        ("tool_frame: gripper_link", "", "key 'tool_frame' is missing"),
        ("base_frame:", "gravity: 9.8\nbase_frame:", f"'gravity' (valid: {SETTINGS})"),
        ("  upper:", "  middle: 1\n  upper:", "'workspace.middle' (valid: lower, upper)"),
        ("[1.00, 0.45, 1.20]", "[1.00, 0.45]", "'workspace.upper"),
        (TARGET, "[target_x, target_y]", "'target_joints"),
        ("tool_floor: 0.64", "tool_floor: .nan", "'tool_floor' is nan: Input should be a finite"),
        ("tool_floor: 0.64", "tool_floor: -.inf", "'tool_floor' is -inf: Input should be a finite"),
        (
            "tool_floor: 0.64",
            "tool_floor: 0.7",
            "tool_floor is 0.7 m; it must not be above the workspace's lower corner, 0.68 m",
        ),
        ("workspace:", "home: [", "my_arm.yaml is not YAML"),
    ],
)
def test_a_wrong_yaml_is_one_sentence(write: Write, old: str, new: str, sentence: str) -> None:
    with pytest.raises(UserError) as caught:
        write(yaml={old: new})
    assert sentence in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        (
            PAN,
            PAN.replace(' user="1.256"', ""),
            "no velocity limit for shoulder_pan_joint: give it in rad/s as the first number",
        ),
        (PAN, PAN.replace("1.256", "-1"), "no velocity limit for shoulder_pan_joint"),
        (PAN, PAN.replace("1.256", "nan"), "no velocity limit for shoulder_pan_joint"),
        (PAN_ACTUATOR, "", "no position actuator moves shoulder_pan_joint"),
        (
            '<joint name="wrist_roll_joint" axis="1 0 0" damping="5" user="2.268"/>',
            '<joint name="wrist_roll_joint" type="ball"/>',
            "only hinge and slide joints are supported, not those of wrist_roll_joint",
        ),
        ('<joint name="target_x" type', "<joint type", "joint number 9 has no name"),
        ("<worldbody>", "<body>", "MuJoCo can't read"),
        ("</mujoco>", "", "MuJoCo can't read"),
    ],
)
def test_a_wrong_mjcf_is_one_sentence(write: Write, old: str, new: str, sentence: str) -> None:
    with pytest.raises(UserError) as caught:
        write(xml={old: new})
    assert sentence in str(caught.value)
    assert "\n" not in str(caught.value)


def test_without_its_user_numbers_every_velocity_limit_is_asked_for(
    tmp_path: Path, models: Path
) -> None:
    text = (models / "fetch_arm.xml").read_text(encoding="utf-8")
    text = re.sub(r' user="[^"]*"|<size nuser_jnt="1"/>', "", text)
    (tmp_path / "my_arm.xml").write_text(text, encoding="utf-8")
    (tmp_path / "my_arm.yaml").write_bytes((models / "fetch_arm.yaml").read_bytes())
    with pytest.raises(UserError, match=", ".join(list(JOINTS)[:7])):
        load_robot(str(tmp_path / "my_arm.xml"))


def test_an_unknown_built_in_names_those_there_are() -> None:
    with pytest.raises(UserError, match=r"robot 'puma' \(valid: fetch_arm, .*, or a path"):
        load_robot("puma")


def test_missing_files_are_named(tmp_path: Path, models: Path) -> None:
    file = tmp_path / "my_arm.xml"
    with pytest.raises(UserError, match=r"no model file .*my_arm\.xml"):
        load_robot(str(file))
    file.write_bytes((models / "fetch_arm.xml").read_bytes())
    with pytest.raises(UserError, match=r"Can't read .*my_arm\.yaml: No such file"):
        load_robot(str(file))


# Each would go wrong later and elsewhere.
@pytest.mark.parametrize(
    ("xml", "yaml"),
    [
        pytest.param(
            {PAN_ACTUATOR: '<motor joint="shoulder_pan_joint"/>'},
            {},
            id="a motor, which takes a position target for a torque",
        ),
        pytest.param(
            {PAN: PAN.replace("1.256", "inf")},
            {},
            id="an infinite velocity limit, which makes the shield's targets NaN",
        ),
        pytest.param(
            {
                'range="0 0.05" damping="100"': 'damping="100"',
                'forcerange="-60 60" inheritrange="1"': 'inheritrange="0"',
            },
            {},
            id="a gripper joint without limits, so that home is infinite",
        ),
        pytest.param({}, {HOME: HOME.replace(", 0.0]", ", .inf]")}, id="an infinite home"),
        pytest.param(
            {}, {"[target_x,": "[wrist_roll_joint,"}, id="a joint that is of the arm and the target"
        ),
        pytest.param(
            {},
            {"[r_gripper_finger_joint,": "[wrist_roll_joint,"},
            id="a joint that is of the arm and the gripper",
        ),
        pytest.param({}, {"lower: [0.45": "lower: [.nan"}, id="a workspace that is NaN"),
        pytest.param({}, {"lower: [0.45": "lower: [1.45"}, id="a workspace inside out"),
        pytest.param(
            {}, {"upper: [1.00": "upper: [9.00"}, id="a workspace that the target can't move to"
        ),
        pytest.param({}, {CAMERAS: "[front_camera, front_camera]"}, id="a camera named twice"),
    ],
)
def test_what_could_not_work_is_refused(write: Write, xml: Changes, yaml: Changes) -> None:
    with pytest.raises(UserError):
        write(xml, yaml)


ONE_USER, TWO_USER = '<size nuser_jnt="1"/>', '<size nuser_jnt="2"/>'


def test_acceleration_limits_reach_full_speed_in_a_tenth_of_a_second(robot: Robot) -> None:
    np.testing.assert_array_equal(robot.acceleration_limits, robot.velocity_limits / 0.1)
    assert np.isfinite(robot.acceleration_limits[robot.command_indices]).all()
    assert np.isinf(robot.acceleration_limits[robot.target]).all()


@pytest.mark.parametrize(("second", "expected"), [("3.5", 3.5), ("0", 12.56)])
def test_the_second_user_number_is_the_acceleration_limit(
    write: Write, robot: Robot, second: str, expected: float
) -> None:
    pan = robot.joint_names.index("shoulder_pan_joint")
    given = write({ONE_USER: TWO_USER, PAN: PAN.replace("1.256", f"1.256 {second}")})
    assert given.acceleration_limits[pan] == pytest.approx(expected)
    # Joints that give none keep theirs, and velocities are not touched.
    others = np.arange(len(robot.joint_names)) != pan
    np.testing.assert_array_equal(
        given.acceleration_limits[others], robot.acceleration_limits[others]
    )
    np.testing.assert_array_equal(given.velocity_limits, robot.velocity_limits)


@pytest.mark.parametrize("second", ["-1", "nan", "inf"])
def test_a_wrong_acceleration_limit_is_one_sentence(write: Write, second: str) -> None:
    with pytest.raises(UserError) as caught:
        write({ONE_USER: TWO_USER, PAN: PAN.replace("1.256", f"1.256 {second}")})
    sentence = str(caught.value)
    assert "the acceleration limit of shoulder_pan_joint is negative or not finite" in sentence
    assert "second number of the joint's 'user' attribute" in sentence and "\n" not in sentence


@pytest.mark.parametrize(
    ("line", "floor"), [("tool_floor: 0.64", 0.64), ("tool_floor: 0.68", 0.68), ("", -np.inf)]
)
def test_the_tool_floor_is_as_given_or_none(write: Write, line: str, floor: float) -> None:
    assert write(yaml={"tool_floor: 0.64": line}).tool_floor == floor


SITE = '<site name="gripper_link" size="0.008" rgba="0.1 0.8 0.3 0.6" group="4"/>'


@pytest.mark.parametrize(
    ("xml", "yaml"),
    [
        pytest.param({'pos="0.219 0 0"': 'pos="0.2190001 0 0"'}, {}, id="a joint's origin"),
        pytest.param({PAN: PAN.replace("0 0 1", "0 0 -1")}, {}, id="an axis"),
        pytest.param({PAN: PAN.replace(" 1.6056", " 1.6057")}, {}, id="a limit"),
        pytest.param({PAN: PAN.replace("1.256", "1.257")}, {}, id="a velocity limit"),
        pytest.param(
            {ONE_USER: TWO_USER, PAN: PAN.replace("1.256", "1.256 5")}, {}, id="an acceleration"
        ),
        pytest.param({}, {"tool_floor: 0.64": "tool_floor: 0.63"}, id="the floor"),
        pytest.param({}, {"tool_floor: 0.64": ""}, id="no floor"),
        pytest.param({PAN: PAN + ' pos="0 0 0.1"'}, {}, id="an anchor"),
        pytest.param({SITE: SITE.replace("size", 'pos="0 0 0.1" size')}, {}, id="the tool"),
        pytest.param({}, {"gripper_link": "wrist_roll_link"}, id="the tool's frame"),
        pytest.param({}, {GRIPPER: "[r_gripper_finger_joint]"}, id="the gripper"),
        pytest.param(
            {SITE: "", '<body name="gripper_link"': SITE + '<body name="gripper_link"'},
            {},
            id="the body that the tool is on",
        ),
    ],
)
def test_the_kinematics_hash_sees(robot: Robot, write: Write, xml: Changes, yaml: Changes) -> None:
    assert write(xml, yaml).kinematics_hash != robot.kinematics_hash


def test_the_kinematics_hash_ignores_what_does_not_move(robot: Robot, write: Write) -> None:
    same = write({'rgba="0.90 0.06 0.06 1"': 'rgba="0 1 0 1"'})
    assert same.kinematics_hash == robot.kinematics_hash
    assert same.model is not robot.model


def scattered(robot: Robot, count: int) -> np.ndarray:
    """Positions all over the joints' range, the target's included."""
    lower, upper = np.maximum(robot.lower, -7), np.minimum(robot.upper, 7)
    return np.random.default_rng(1).uniform(lower, upper, (count, len(robot.joint_names)))


@pytest.mark.parametrize("tool_frame", ["gripper_link", "wrist_roll_link"])
def test_tool_positions_are_mujocos(write: Write, tool_frame: str) -> None:
    changed = write(yaml={"gripper_link": tool_frame})
    model, data = changed.model, mujoco.MjData(changed.model)
    positions = scattered(changed, 200)
    expected = np.empty((200, 3))
    for i, row in enumerate(positions):
        data.qpos[:] = row
        mujoco.mj_forward(model, data)
        site = tool_frame == "gripper_link"
        expected[i] = data.site(tool_frame).xpos if site else data.body(tool_frame).xpos
    assert np.ptp(expected, axis=0).min() > 0.5
    found = Kinematics(changed, 200).tool_positions(positions)
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-12)


def test_a_tool_position_is_the_same_to_the_bit_however_many_are_asked_for(robot: Robot) -> None:
    positions = scattered(robot, 16)
    together = Kinematics(robot, 16).tool_positions(positions)
    single = Kinematics(robot, 1)
    alone = np.concatenate([single.tool_positions(row[None]) for row in positions])
    assert together.tobytes() == alone.tobytes()


def test_tool_positions_given_before_do_not_change(robot: Robot) -> None:
    kinematics = Kinematics(robot, 1)
    first = kinematics.tool_positions(robot.home[None])
    kept = first.copy()
    kinematics.tool_positions(scattered(robot, 1))
    np.testing.assert_array_equal(first, kept)


@pytest.mark.parametrize(
    "tool_frame, first, last",
    [
        ("gripper_link", "shoulder_lift_joint", "wrist_roll_joint"),
        ("elbow_flex_link", "shoulder_lift_joint", "upperarm_roll_joint"),
        ("target", "target_z", "target_z"),
    ],
)
def test_a_tool_rises_with_each_joint_as_small_steps_say(
    write: Write, tool_frame: str, first: str, last: str
) -> None:
    changed = write(yaml={"gripper_link": tool_frame})
    positions, step = scattered(changed, 100), 1e-6
    kinematics, joints = Kinematics(changed, 100), np.arange(len(changed.joint_names))
    kinematics.tool_positions(positions)
    rise = kinematics.tool_rise(joints)
    for joint in joints:
        ahead, behind = positions.copy(), positions.copy()
        ahead[:, joint] += step
        behind[:, joint] -= step
        heights = [kinematics.tool_positions(moved)[:, 2].copy() for moved in (ahead, behind)]
        expected = (heights[0] - heights[1]) / (2 * step)
        np.testing.assert_allclose(rise[:, joint], expected, rtol=0, atol=1e-8)
    # What comes behind the tool, or is no part of it, does not move it at all.
    movers = [changed.joint_names[joint] for joint in joints if rise[:, joint].any()]
    assert (movers[0], movers[-1]) == (first, last)
