"""Faults that a stranger's arm may have are found, all at once; the built-in arms have none."""

from collections.abc import Callable
from pathlib import Path

import pytest
import yaml
from ament_index_python.packages import get_package_share_directory

from arm_sim.common.errors import UserError
from arm_sim.robot.robot import load_robot
from arm_sim.validation.findings import Finding
from arm_sim.validation.static_checks import Report, check_robot

BUILT_IN = ["fetch_arm", "six_axis_arm", "seven_axis_arm"]
Changes = dict[str, str]
Check = Callable[..., Report]


@pytest.fixture
def models() -> Path:
    return Path(get_package_share_directory("arm_sim")) / "models"


@pytest.fixture
def check(tmp_path: Path, models: Path, monkeypatch: pytest.MonkeyPatch) -> Check:
    """Checks an arm's files, some texts in them replaced by others."""
    monkeypatch.chdir(tmp_path)  # MuJoCo writes its warnings to a file in the working directory.

    def run(
        xml: Changes | None = None, yaml: Changes | None = None, model: str = "six_axis_arm"
    ) -> Report:
        for suffix, changes in ((".xml", xml), (".yaml", yaml)):
            text = (models / f"{model}{suffix}").read_text(encoding="utf-8")
            for old, new in (changes or {}).items():
                assert old in text
                text = text.replace(old, new)
            (tmp_path / f"my_arm{suffix}").write_text(text, encoding="utf-8")
        return check_robot(str(tmp_path / "my_arm.xml"))

    return run


def of_level(report: Report, level: str) -> str:
    return "\n".join(finding.text for finding in report.findings if finding.level == level)


@pytest.mark.parametrize("model", BUILT_IN)
def test_the_built_in_arms_can_be_used(model: str) -> None:
    report = check_robot(model)
    assert report.usable and not report.skeleton
    assert of_level(report, "error") == ""
    warned = of_level(report, "warning")
    if model == "fetch_arm":
        assert "turn for ever: upperarm_roll_joint, forearm_roll_joint, wrist_roll" in warned
    else:
        assert warned == ""


PAN = '<joint name="pan_joint" axis="0 0 1" range="-2.9 2.9" user="2.0"/>'
PAN_SERVO = (
    '<position name="pan_joint" joint="pan_joint" class="link" kp="3000" forcerange="-150 150"/>'
)
LIFT_KP = 'kp="4000" forcerange="-150 150"'
TARGET = '<body name="target" gravcomp="1">'
HOME = "[0.0, -1.3, 1.7, -1.9, 1.57, 0.0]"
UPPER = "upper: [0.80, 0.40, 1.00]"


@pytest.mark.parametrize(
    ("level", "sentence", "xml", "yaml"),
    [
        ("error", "MuJoCo can't read", {"</mujoco>": ""}, {}),
        ("error", "without a name, on the bodies shoulder_link",
         {'name="pan_joint" axis': "axis", PAN_SERVO: ""}, {}),
        (
            "error",
            "neither hinge nor slide can't be used: pan_joint",
            {PAN: '<joint name="pan_joint" type="ball"/>', PAN_SERVO: ""},
            {},
        ),
        ("warning", "Joints of no group, which nothing will command: wrist_3_joint",
         {}, {", wrist_3_joint]": "]", ", 0.0]": "]"}),
        ("error", "arm_joints names joints that the model does not have: pan (valid: pan_joint",
         {}, {"[pan_joint": "[pan"}),
        ("error", "Named more than once in the YAML: pan_joint",
         {}, {", lift_joint": ", pan_joint"}),
        ("error", '<joint name="goal_x" type="slide" axis="1 0 0"', {}, {"[target_x": "[goal_x"}),
        ("error", "must be slides: pan_joint", {}, {"[target_x": "[pan_joint"}),
        ("error", "at [0.1, -0.2, 0.3] it is at [0.6, -0.2, 0.3]",
         {TARGET: TARGET.replace(" grav", ' pos="0.5 0 0" grav')}, {}),
        ("error", "at [0.1, -0.2, 0.3] it is at [-0.2, 0.1, 0.3]",
         {}, {"[target_x, target_y": "[target_y, target_x"}),
        ("warning", "The target can be bumped into",
         {'mass="0.1" material="red" contype="0" conaffinity="0"': 'mass="0.1"'}, {}),
        ("error", "The target moves by itself", {TARGET: '<body name="target">'}, {}),
        ("error", '<position name="pan_joint" joint="pan_joint" kp', {PAN_SERVO: ""}, {}),
        ("error", "The actuators of pan_joint are not position actuators",
         {PAN_SERVO: '<motor joint="pan_joint"/>'}, {}),
        ("warning", "The actuators of pan_joint are endlessly strong",
         {PAN_SERVO: PAN_SERVO.replace('forcerange="-150 150"', "")}, {}),
        ("error", "No velocity limit for pan_joint: give it in rad/s",
         {PAN: PAN.replace(' user="2.0"', "")}, {}),
        ("warning", "turn for ever: pan_joint",
         {PAN: PAN.replace(' range="-2.9 2.9"', ""),
          PAN_SERVO: PAN_SERVO.replace("/>", ' inheritrange="0"/>')}, {}),
        ("error", "home has 2 positions for 6 arm joints", {}, {HOME: "[0.0, 0.0]"}),
        ("error", "outside the position limits of pan_joint (3, limits -2.9 to 2.9)",
         {}, {HOME: HOME.replace("[0.0", "[3.0")}),
        ("error", "tool_frame: The model has no site or body 'hand' (valid: probe_tip",
         {}, {"tool_frame: probe_tip": "tool_frame: hand"}),
        ("error", "tool_frame: table does not move with the arm",
         {}, {"tool_frame: probe_tip": "tool_frame: table"}),
        ("error", "Unknown cameras rear_camera (valid: front_camera",
         {}, {"[front_camera": "[rear_camera"}),
        ("error", "can't begin a ROS topic's: 'front-camera'",
         {'"front_camera"': '"front-camera"'}, {"[front_camera": "[front-camera"}),
        ("fine", "No cameras", {}, {"[front_camera, side_camera, top_camera]": "[]"}),
        ("warning", "may stumble over: 'fore arm'", {'"forearm_link"': '"fore arm"'}, {}),
        ("error", "must be below its upper", {}, {UPPER: "upper: [0.10, 0.40, 1.00]"}),
        ("error", "0.53 to 4 m, is wider than the range of target_z, 0 to 3 m",
         {}, {UPPER: "upper: [0.80, 0.40, 4.00]"}),
        ("error", 'does not divide the control period, 0.05 s: use <option timestep="0.0025"/>',
         {'timestep="0.005"': 'timestep="0.003"'}, {}),
        ("error", 'use <option timestep="0.003125"/>',
         {'timestep="0.005"': 'timestep="0.0033333"'}, {}),
        ("warning", "At home these touch: probe and table_top",
         {}, {HOME: "[0.0, -0.84, 1.7, -2.36, 1.57, 0.0]"}),
        ("warning", "were off by so many rad: lift_joint (",
         {LIFT_KP: 'kp="100" forcerange="-20 20"',
          ' gravcomp="1"': "", '"target">': '"target" gravcomp="1">'}, {}),
        ("warning", "did not arrive within 1 s, but came so far: lift_joint (",
         {LIFT_KP: 'kp="4000" forcerange="-0.3 0.3"'}, {}),
        ("warning", "lift_joint takes 0.", {LIFT_KP: 'kp="60" forcerange="-150 150"'}, {}),
        ("error", "No arm position within 0.9 rad of home puts the tool into the workspace",
         {}, {UPPER: "upper: [1.90, 1.40, 1.00]", "[0.35, -0.40, 0.53]": "[1.80, 1.30, 0.53]"}),
        ("warning", "Move home or the workspace. Mostly the tool is between",
         {}, {UPPER: "upper: [1.80, 1.40, 2.00]"}),
        ("error", "only mode=\"fixed\" has a frame",
         {'camera name="front_camera"': 'camera name="front_camera" mode="track"'}, {}),
        ("error", "unknown key 'speed'", {}, {"home:": "speed: 1\nhome:"}),
    ],
)  # fmt: skip
def test_a_fault_is_found(
    check: Check, level: str, sentence: str, xml: Changes, yaml: Changes
) -> None:
    report = check(xml, yaml)
    assert sentence in of_level(report, level)
    assert report.usable == (level != "error")


def test_what_diverges_is_an_error_and_not_a_crash(check: Check) -> None:
    wild = {LIFT_KP: 'kp="1e12" dampratio="0"', 'integrator="implicitfast"': 'integrator="Euler"'}
    assert "diverges" in of_level(check(wild), "error")


def test_faults_are_found_all_at_once(check: Check) -> None:
    report = check(
        {PAN_SERVO: "", PAN: PAN.replace(' user="2.0"', ""), 'name="target_x"': 'name="goal_x"'},
        {HOME: "[0.0]", "tool_frame: probe_tip": "tool_frame: hand", "[front_camera": "[rear"},
    )
    errors = of_level(report, "error")
    for sentence in (
        "No position actuator moves pan_joint",
        "No velocity limit for pan_joint",
        "joints target_x are missing",
        "home has 1 positions",
        "no site or body 'hand'",
        "Unknown cameras rear",
    ):
        assert sentence in errors


@pytest.mark.parametrize("model", BUILT_IN)
def test_without_a_yaml_one_is_proposed_that_works(
    tmp_path: Path, models: Path, model: str
) -> None:
    (tmp_path / "my_arm.xml").write_bytes((models / f"{model}.xml").read_bytes())
    report = check_robot(str(tmp_path / "my_arm.xml"))
    assert [f.text for f in report.findings if f.level == "error"] == [
        f"Can't read {tmp_path / 'my_arm.yaml'}: No such file or directory. "
        "The rest is checked with a guess."
    ]
    (tmp_path / "my_arm.yaml").write_text(report.skeleton, encoding="utf-8")
    guessed, known = load_robot(str(tmp_path / "my_arm.xml")), load_robot(model)
    assert guessed.command_joints == known.command_joints
    assert list(guessed.target) == list(known.target)
    assert guessed.tool_frame == known.tool_frame
    assert guessed.base_frame == known.base_frame
    assert guessed.cameras == known.cameras


def test_a_yaml_with_a_gap_is_filled_and_otherwise_kept(check: Check) -> None:
    report = check(yaml={"tool_frame: probe_tip": "", HOME: "[0.0, -1.2, 1.7, -1.9, 1.57, 0.0]"})
    assert "key 'tool_frame' is missing" in of_level(report, "error")
    proposed = yaml.safe_load(report.skeleton)
    assert proposed["tool_frame"] == "probe_tip"
    assert proposed["home"] == [0.0, -1.2, 1.7, -1.9, 1.57, 0.0]
    assert proposed["workspace"]["upper"] == [0.8, 0.4, 1.0]


def test_a_model_of_nothing_is_no_crash(tmp_path: Path) -> None:
    (tmp_path / "nothing.xml").write_text("<mujoco/>")
    report = check_robot(str(tmp_path / "nothing.xml"))
    assert not report.usable
    assert isinstance(report.findings[0], Finding)


def test_no_file_at_all_is_the_users_mistake(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="no model file"):
        check_robot(str(tmp_path / "absent.xml"))
