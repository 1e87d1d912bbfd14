"""What would go wrong later is refused by one list of rules, in a sentence that says what is valid.

Each case is checked in all places that use the list: the loader raises the first fault, and
check_robot shows every one.
"""

from collections.abc import Callable
from pathlib import Path

import pytest

from arm_sim.common.errors import UserError
from arm_sim.robot.files import read_model
from arm_sim.robot.loader import load_robot
from arm_sim.robot.rules.all_rules import find_faults
from arm_sim.robot.settings import read_robot_settings
from arm_sim.validation.report import check_robot

FETCH, SIX = "fetch_arm", "six_axis_arm"
PAN = 'name="shoulder_pan_joint" axis="0 0 1" range="-1.6056 1.6056" user="1.256"'
PAN_SERVO = (
    '<position name="shoulder_pan_joint" joint="shoulder_pan_joint" class="link" kp="1500" '
    'forcerange="-33.82 33.82"/>'
)
WRIST = '<joint name="wrist_roll_joint" axis="1 0 0" damping="5" user="2.268"/>'
WRIST_BALL = '<joint name="wrist_roll_joint" type="ball"/>'
FINGER = {
    'range="0 0.05" damping="100"': 'damping="100"',
    'forcerange="-60 60" inheritrange="1"': 'inheritrange="0"',
}
TWO_USER = {'<size nuser_jnt="1"/>': '<size nuser_jnt="2"/>'}
HOME = "[0.0, -1.0, 0.0, 1.7, 0.0, 0.5, 0.0]"
CAMERAS = "[front_camera, side_camera, top_camera]"
TARGET = '<body name="target" gravcomp="1">'
JOINTS = "shoulder_pan_joint, shoulder_lift_joint, upperarm_roll_joint, elbow_flex_joint"
HAS_NOT = "names joints the model does not have:"
ONE_GROUP = "A joint belongs to one group only: arm, gripper or target."
SPEED = "No velocity limit for shoulder_pan_joint: give it in rad/s as the first number"
ACCELERATION = "The acceleration limit of shoulder_pan_joint is negative or not finite: the second"

# Model, changes of its MJCF, changes of its YAML, and a part of each fault in their order.
CASES = [
    (FETCH, {'<joint name="target_x" type': "<joint type"}, {},
     ["Joints without a name, on the bodies target: give each a name",
      f"target_joints {HAS_NOT} target_x (valid: {JOINTS}"]),
    (FETCH, {WRIST: WRIST_BALL}, {},
     ["Only hinge and slide joints are supported, not wrist_roll_joint.", "No velocity limit for"]),
    (FETCH, {}, {"- shoulder_pan_joint": "- elbow"},
     [f"arm_joints {HAS_NOT} elbow (valid: {JOINTS}"]),
    (FETCH, {}, {"[r_gripper_finger_joint": "[thumb"},
     [f"gripper_joints {HAS_NOT} thumb (valid: {JOINTS}"]),
    (FETCH, {}, {"- shoulder_lift_joint": "- shoulder_pan_joint"},
     [f"Named more than once in the YAML: shoulder_pan_joint. {ONE_GROUP}"]),
    (FETCH, {}, {"[r_gripper_finger_joint,": "[wrist_roll_joint,"},
     [f"Named more than once in the YAML: wrist_roll_joint. {ONE_GROUP}",
      "The gripper's wrist_roll_joint need a range"]),
    (FETCH, {}, {"[target_x,": "[wrist_roll_joint,"},
     [f"Named more than once in the YAML: wrist_roll_joint. {ONE_GROUP}",
      "The target's joints must be slides: wrist_roll_joint, target_y, target_z."]),
    (FETCH, {}, {"[target_x": "[goal_x"}, [f"target_joints {HAS_NOT} goal_x (valid: {JOINTS}"]),
    (SIX, {TARGET: TARGET.replace(" grav", ' pos="0.5 0 0" grav')}, {},
     ["at [0.1, -0.2, 0.3] it is at [0.6, -0.2, 0.3]"]),
    (SIX, {}, {"[target_x, target_y": "[target_y, target_x"},
     ["at [0.1, -0.2, 0.3] it is at [-0.2, 0.1, 0.3]"]),
    (FETCH, {PAN_SERVO: ""}, {}, ["No position actuator moves shoulder_pan_joint."]),
    (FETCH, {PAN_SERVO: '<motor joint="shoulder_pan_joint"/>'}, {},
     ["The actuators of shoulder_pan_joint are not position actuators, but commands are"]),
    (FETCH, {PAN: PAN.replace(' user="1.256"', "")}, {}, [SPEED]),
    (FETCH, {PAN: PAN.replace("1.256", "-1")}, {}, [SPEED]),
    (FETCH, {PAN: PAN.replace("1.256", "nan")}, {}, [SPEED]),
    (FETCH, {PAN: PAN.replace("1.256", "inf")}, {}, [SPEED]),
    (FETCH, TWO_USER | {PAN: PAN.replace("1.256", "1.256 -1")}, {}, [ACCELERATION]),
    (FETCH, TWO_USER | {PAN: PAN.replace("1.256", "1.256 nan")}, {}, [ACCELERATION]),
    (FETCH, TWO_USER | {PAN: PAN.replace("1.256", "1.256 inf")}, {}, [ACCELERATION]),
    (FETCH, FINGER, {},
     ["The gripper's r_gripper_finger_joint, l_gripper_finger_joint need a range: lower closed"]),
    (FETCH, {}, {HOME: "[0.0, -1.0]"}, ["home has 2 positions for 7 arm joints."]),
    (FETCH, {}, {HOME: "[2.0, -1.0, 9.0, 1.7, 0.0, 9.0, 0.0]"},
     ["home is outside the position limits of shoulder_pan_joint (2, limits -1.6056 to 1.6056), "
      "wrist_flex_joint (9, limits -2.16 to 2.16)."]),
    (FETCH, {}, {"tool_frame: gripper_link": "tool_frame: hand"},
     ["tool_frame: The model has no site or body 'hand' (valid: gripper"]),
    (FETCH, {}, {CAMERAS: "[front_camera, rear_camera]"},
     ["Unknown cameras rear_camera (valid: front_camera, side_camera, top_camera)."]),
    (FETCH, {}, {CAMERAS: "[front_camera, front_camera]"},
     ["cameras names front_camera more than once."]),
    (FETCH, {'"front_camera"': '"front-camera"'}, {"[front_camera": "[front-camera"},
     ["can't begin a ROS topic's: 'front-camera'"]),
    (FETCH, {'"front_camera"': '"front__camera"'}, {"[front_camera": "[front__camera"},
     ["can't begin a ROS topic's: 'front__camera'"]),
    (FETCH, {}, {"lower: [0.45": "lower: [1.45"}, ["must be below its upper (1.0, 0.45, 1.2)."]),
    (SIX, {}, {"upper: [0.80, 0.40, 1.00]": "upper: [0.80, 0.40, 4.00]"},
     ["The workspace, 0.53 to 4 m, is wider than the range of target_z, 0 to 3 m."]),
    (FETCH, {}, {"tool_floor: 0.64": "tool_floor: 0.7"},
     ["tool_floor is 0.7 m; it must not be above the workspace's lower corner, 0.68 m."]),
]  # fmt: skip


@pytest.mark.parametrize(("model", "xml", "yaml", "sentences"), CASES)
def test_a_fault_is_found_refused_and_shown(
    write_arm: Callable[..., Path],
    model: str,
    xml: dict[str, str],
    yaml: dict[str, str],
    sentences: list[str],
) -> None:
    file = write_arm(model, xml, yaml)
    faults = list(find_faults(read_model(file), read_robot_settings(file)))
    assert len(faults) == len(sentences), faults
    for fault, sentence in zip(faults, sentences, strict=True):
        assert sentence in fault.message and "\n" not in fault.message
    with pytest.raises(UserError) as caught:
        load_robot(str(file))
    assert str(caught.value).startswith(f"my_arm: {faults[0].message}")
    assert "\n" not in str(caught.value)
    shown = [
        finding.text for finding in check_robot(str(file)).findings if finding.level == "error"
    ]
    assert shown == ["\n".join(filter(None, (f.message, f.snippet))) for f in faults]


@pytest.mark.parametrize("model", ["fetch_arm", "six_axis_arm", "seven_axis_arm"])
def test_the_built_in_arms_have_no_fault(write_arm: Callable[..., Path], model: str) -> None:
    file = write_arm(model)
    assert list(find_faults(read_model(file), read_robot_settings(file))) == []


def test_unnamed_joints_hide_no_other_fault(write_arm: Callable[..., Path]) -> None:
    file = write_arm(FETCH, {PAN: PAN.replace('name="shoulder_pan_joint" ', ""), PAN_SERVO: ""},
                     {"- shoulder_pan_joint": "- ''"})  # fmt: skip
    faults = [fault.message for fault in find_faults(read_model(file), read_robot_settings(file))]
    assert "Joints without a name" in faults[0] and f"arm_joints {HAS_NOT}" in faults[1]


def test_what_is_missing_can_be_typed_as_shown(write_arm: Callable[..., Path]) -> None:
    file = write_arm(SIX, {'joint name="target_x"': 'joint name="goal_x"'})
    (fault,) = find_faults(read_model(file), read_robot_settings(file))
    assert '<joint name="target_x" type="slide" axis="1 0 0"' in fault.snippet
    file = write_arm(FETCH, {PAN_SERVO: ""})
    (fault,) = find_faults(read_model(file), read_robot_settings(file))
    fixed = write_arm(FETCH, {PAN_SERVO: fault.snippet})
    assert load_robot(str(fixed)).command_joints[0] == "shoulder_pan_joint"
