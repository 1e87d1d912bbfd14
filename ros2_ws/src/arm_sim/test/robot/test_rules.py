"""What would go wrong later is refused by one list of rules, in a sentence that says what is valid.

Each case is loaded and checked: the loader raises the first fault, and check_robot shows it.
"""

from collections.abc import Callable
from pathlib import Path

import pytest

from arm_sim.common.errors import UserError
from arm_sim.robot.rules.all_rules import FILE_RULES, SCENE_RULES, SERVO_RULES, find_faults
from arm_sim.scene.loader import load_robot, load_scene
from arm_sim.validation.report import check_robot

# Where keys are added to the YAML.
TOOL = "tool_frame: gripper_link"
HOME = "[0.0, -1.0, 0.0, 1.7, 0.0, 0.5, 0.0]"
PAN = 'name="shoulder_pan_joint" axis="0 0 1" range="-1.6056 1.6056" user="1.256"'
PAN_SERVO = 'class="link" kp="1500" forcerange="-33.82 33.82"'
WRIST = '<joint name="wrist_roll_joint" axis="1 0 0" damping="5" user="2.268"/>'
WRIST_SERVO = '<position name="wrist_roll_joint" joint="wrist_roll_joint" class="link" kp="100" '
JOINTS = "shoulder_pan_joint, shoulder_lift_joint, upperarm_roll_joint, elbow_flex_joint"
HAS_NOT = "names joints the model does not have:"
ONE_GROUP = "A joint belongs to one of arm_joints, gripper_joints and followers only."
EYE = '<camera name="eye" pos="1 0 1" xyaxes="0 1 0 -1 0 1"/>'
WORLD = "<worldbody>"


def keys(*lines: str) -> dict[str, str]:
    return {TOOL: "\n".join([TOOL, *lines])}


def arm(*joints: str) -> dict[str, str]:
    return keys(f"arm_joints: [{', '.join(joints)}]")


# Rule, changes of its MJCF, changes of its YAML, a part of the fault.
CASES = [
    ("command_joints_exist", {}, arm("shoulder_pan_joint", "elbow"),
     f"arm_joints {HAS_NOT} elbow (valid: {JOINTS}"),
    ("command_joints_exist", {}, keys("gripper_joints: [thumb]"),
     f"gripper_joints {HAS_NOT} thumb (valid: {JOINTS}"),
    ("command_joints_exist", {}, arm("''"), f"arm_joints {HAS_NOT} '' (valid: {JOINTS}"),
    ("command_joints_have_one_position",
     {WRIST: '<joint name="wrist_roll_joint" type="ball"/>',
      WRIST_SERVO: '<motor name="wrist_roll_joint" joint="shoulder_pan_joint" class="link" ',
      'forcerange="-7.36 7.36" inheritrange="0"': ""},
     arm("shoulder_pan_joint", "wrist_roll_joint"),
     "Only hinges and slides can be commanded, not wrist_roll_joint."),
    ("joints_are_in_one_group", {}, arm("shoulder_pan_joint", "shoulder_pan_joint"),
     f"Named more than once: shoulder_pan_joint. {ONE_GROUP}"),
    ("joints_are_in_one_group", {},
     keys("arm_joints: [shoulder_pan_joint]", "gripper_joints: [shoulder_pan_joint]"),
     f"Named more than once: shoulder_pan_joint. {ONE_GROUP}"),
    *(("other_joints_exist", {}, keys(f"{key}: {value}"), f"{key} {HAS_NOT} elbow (valid: ")
      for key, value in (("followers", "{elbow: 0}"), ("velocity_limits", "{elbow: 1}"),
                         ("acceleration_limits", "{elbow: 1}"), ("rotor_inertia", "{elbow: 0.1}"),
                         ("position_limits", "{elbow: [0, 1]}"), ("target_joints", "[elbow]"))),
    ("tool_site_fits", {}, {TOOL: "tool_frame: hand"},
     "tool_frame: The model has no site or body 'hand' (valid: gripper"),
    ("tool_site_fits", {}, keys("tool_site: {body: hand, position: [0, 0, 0]}"),
     "tool_site: there is no body 'hand' (valid: base_link, torso_lift_link"),
    ("tool_site_fits", {}, {TOOL: "tool_site: {body: gripper_link, position: [0, 0, 0]}"},
     "tool_site needs tool_frame, which is its name."),
    ("tool_site_fits", {}, keys("tool_site: {body: wrist_roll_link, position: [0, 0, 0]}"),
     "tool_site: the file has a site 'gripper_link' already; leave tool_site out."),
    ("tool_moves_with_the_arm", {}, {TOOL: "tool_frame: base_link"},
     "tool_frame: base_link does not move with the arm."),
    ("tool_moves_with_the_arm", {},
     {TOOL: "tool_frame: nozzle\ntool_site: {body: torso_lift_link, position: [0, 0, 0]}"},
     "tool_frame: nozzle does not move with the arm."),
    ("timestep_divides_the_control_period", {}, keys("timestep: 0.003"),
     "The timestep, 0.003 s, does not divide the control period, 0.05 s: write 'timestep: 0.0025'"),
    ("timestep_divides_the_control_period", {'timestep="0.005"': 'timestep="0.0033333"'},
     keys("exact: true"), "write 'timestep: 0.003125' into a scene YAML."),
    ("limits_are_in_radians", {'<compiler angle="radian"': "<compiler"}, {},
     "These limits look like radians read as degrees: no hinge turns by more than 0.039 rad. Write "
     '<compiler angle="radian"/> into the robot\'s file.'),
    ("commands_have_a_range",
     {PAN_SERVO: f'{PAN_SERVO} ctrlrange="1.7 2" inheritrange="0"'}, {},
     "No command can move shoulder_pan_joint: of its range, less margin, the ctrlrange of its "
     "servo and the limits of what follows it leave 1.7 to 1.6056."),
    ("gripper_ends_differ", {}, keys("gripper_closed: [0.1]"),
     "gripper_closed has 1 positions for 2 gripper joints."),
    ("gripper_ends_differ", {}, keys("gripper_open: [0.01, 0.02, 0.03]"),
     "gripper_open has 3 positions for 2 gripper joints."),
    ("gripper_ends_differ", {}, keys("gripper_closed: [0.05, 0.0]"),
     "gripper_closed and gripper_open are equal for r_gripper_finger_joint."),
    ("position_limits_leave_room", {}, keys("position_limits: {elbow_flex_joint: [2, 1]}"),
     "position_limits: the lower one must be below the upper one for elbow_flex_joint."),
    ("home_is_within_limits", {}, {HOME: "[0.0, -1.0]"},
     "home has 2 positions for 7 arm joints."),
    ("home_is_within_limits", {}, {HOME: "[2.0, -1.0, 9.0, 1.7, 0.0, 9.0, 0.0]"},
     "home is outside the position limits of shoulder_pan_joint (2, limits -1.6056 to 1.6056), "
     "wrist_flex_joint (9, limits -2.16 to 2.16)."),
    ("home_is_within_limits", {}, keys("position_limits: {elbow_flex_joint: [-1, 1]}"),
     "home is outside the position limits of elbow_flex_joint (1.7, limits -1 to 1)."),
    ("cameras_exist", {}, keys("cameras: [front_camera, rear_camera]"),
     "Unknown cameras rear_camera (valid: front_camera, side_camera, top_camera)."),
    ("cameras_exist", {}, keys("cameras: [front_camera, front_camera]"),
     "cameras names front_camera more than once."),
    ("camera_names_fit_topics", {WORLD: WORLD + EYE.replace("eye", "left-eye")},
     keys("cameras: [left-eye]"), "can't begin a ROS topic's: 'left-eye'"),
    ("camera_names_fit_topics", {}, {"front_camera": "front__camera"},
     "can't begin a ROS topic's: 'front__camera'"),
    ("cameras_are_perspective",
     {WORLD: WORLD + EYE.replace("/>", ' projection="orthographic"/>')}, keys("cameras: [eye]"),
     "Orthographic cameras: eye."),
    ("workspace_is_a_box", {}, {"lower: [0.45": "lower: [1.45"},
     "must be below its upper (1.0, 0.45, 1.2)."),
    ("tool_floor_is_below_the_workspace", {}, {"tool_floor: 0.64": "tool_floor: 0.7"},
     "tool_floor is 0.7 m; it must not be above the workspace's lower corner, 0.68 m."),
]  # fmt: skip


@pytest.mark.parametrize(("rule", "xml", "yaml", "sentence"), CASES)
def test_a_fault_is_refused_and_shown(
    write_arm: Callable[..., Path],
    rule: str,
    xml: dict[str, str],
    yaml: dict[str, str],
    sentence: str,
) -> None:
    file = write_arm("fetch_arm", xml, yaml)
    with pytest.raises(UserError) as caught:
        load_robot(str(file))
    message = str(caught.value)
    assert message.startswith("my_arm: ") and sentence in message and "\n" not in message
    report = check_robot(str(file))
    assert [finding.text for finding in report.findings] == [message]
    assert not report.usable and report.scene is None


def test_every_rule_has_a_case() -> None:
    # A tool frame that the file lacks is found before there is a scene.
    with_cases = {rule for rule, *_ in CASES} | {"tool_frame_exists"}
    assert with_cases == {rule.__name__ for rule in (*FILE_RULES, *SERVO_RULES, *SCENE_RULES)}


@pytest.mark.parametrize("model", ["fetch_arm", "six_axis_arm", "seven_axis_arm"])
def test_the_built_in_arms_have_no_fault(model: str) -> None:
    scene = load_scene(model)
    assert list(find_faults(scene.robot.model, scene.settings)) == []
