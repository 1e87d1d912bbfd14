"""One arm with its gripper is selected; all other joints are held still, and that is said."""

from pathlib import Path

import mujoco
import numpy as np
import pytest

from arm_sim.common.errors import UserError
from arm_sim.scene.loader import LoadedScene, load_scene
from support.primitive_arms import FINGERS, JOINTS, chain, fingers, mjcf, servos, write_mjcf

PREFIXES = ("left_", "right_")
ALL = [f"{side}{name}" for side in PREFIXES for name in (*JOINTS, *FINGERS)]
TWO_ARMS = mjcf(
    "".join(
        chain(p, end=fingers(p), pos=f"0 {y} 0.1") for p, y in (("left_", 0.3), ("right_", -0.3))
    ),
    servos(*ALL),
)
BRICK = '<body name="brick" pos="0.4 0.2 0.3"><freejoint/><geom size="0.02" mass="0.1"/></body>'
BALL = (
    '<body name="lamp" pos="-0.3 0 0.5"><joint name="lamp" type="ball"/>'
    '<geom size="0.02" mass="0.1"/></body>'
)


def load(folder: Path, text: str, scene: str = "") -> LoadedScene:
    return load_scene(write_mjcf(folder, text, scene))


def said(scene: LoadedScene) -> str:
    return " ".join(scene.notes)


@pytest.mark.parametrize(("name", "side"), [("", "left_"), ("right_joint_2", "right_")])
def test_the_other_arm_is_held_still_and_can_be_named(tmp_path: Path, name: str, side: str) -> None:
    scene = load(tmp_path, TWO_ARMS, f"arm: {name}" if name else "")
    other = PREFIXES[1 - PREFIXES.index(side)]
    assert scene.robot.joint_names == tuple(side + joint for joint in (*JOINTS, *FINGERS))
    assert scene.robot.model.nu == 8
    assert f"Arm: {side}joint_1 to {side}joint_6, 6 joints." in scene.notes
    assert (
        f"Other chains, held still: {other}joint_1 to {other}joint_6. To use one, set 'arm' to its "
        "joint." in scene.notes
    )
    assert f"Held still: {other}joint_1, {other}joint_2" in said(scene)
    assert scene.robot.model.body(f"{other}link_6").id > 0  # It is still there to look at.


def test_held_joints_are_where_the_home_keyframe_has_them(tmp_path: Path) -> None:
    positions = [0.0, 0.5, 1.0, 0, 0.8, 0, 0, 0, 0.3, 0.4, 0.9, 0.1, 0.7, 0.2, 0.01, 0.02]
    key = f'<keyframe><key name="home" qpos="{" ".join(map(str, positions))}"/></keyframe>'
    scene = load(tmp_path, TWO_ARMS.replace("</mujoco>", f"{key}</mujoco>"))
    file = mujoco.MjModel.from_xml_path(str(tmp_path / "my_arm.xml"))
    expected, found = mujoco.MjData(file), mujoco.MjData(scene.robot.model)
    expected.qpos[:] = positions
    mujoco.mj_kinematics(file, expected)
    mujoco.mj_kinematics(scene.robot.model, found)
    to_base = expected.body("base").xpos
    for body in ("right_link_6", "right_left_finger_link"):
        np.testing.assert_allclose(
            found.body(body).xpos, expected.body(body).xpos - to_base, rtol=0, atol=1e-9
        )


def test_free_objects_and_ball_joints_are_held_where_they_are(tmp_path: Path) -> None:
    text = mjcf(chain(end=fingers()), servos(*JOINTS, *FINGERS))
    scene = load(tmp_path, text.replace("</worldbody>", f"{BRICK}{BALL}</worldbody>"))
    model = scene.robot.model
    assert model.njnt == model.nq == model.nv == 8
    np.testing.assert_allclose(model.body("brick").pos, [0.4, 0.2, 0.3])
    assert "Held still: (without a name), lamp." in scene.notes


@pytest.mark.parametrize("where", ["joint_3", "left_finger"])
def test_joints_of_the_arm_without_names_are_one_sentence(tmp_path: Path, where: str) -> None:
    text = mjcf(chain(end=fingers())).replace(f'joint name="{where}"', "joint")
    with pytest.raises(UserError) as caught:
        load(tmp_path, text)
    body = "link_3" if where == "joint_3" else "left_finger_link"
    assert str(caught.value) == (
        f"my_arm: Joints without a name, on the bodies {body}: give each a name in the file, as "
        "messages refer to joints by name."
    )


def test_other_joints_need_no_names(tmp_path: Path) -> None:
    wheel = '<body name="wheel"><joint/><geom size="0.05" mass="1"/></body>'
    scene = load(tmp_path, mjcf(wheel + chain(), servos(*JOINTS)))
    assert scene.robot.joint_names[:6] == JOINTS


def test_too_few_hinges_are_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"^my_arm: There is no arm: no chain of at least three"):
        load(tmp_path, mjcf(chain(joints=2)))
    with pytest.raises(UserError, match=r"No arm has a joint or a body 'middle' \(the arms are:"):
        load(tmp_path, TWO_ARMS, "arm: middle")


def test_given_joints_are_used_whatever_would_be_found(tmp_path: Path) -> None:
    two = mjcf(chain(joints=2), servos(*JOINTS[:2]))
    given = load(tmp_path, two, "arm_joints: [joint_1, joint_2]")
    assert given.robot.command_joints == JOINTS[:2]


def test_the_rest_of_a_given_chain_is_held_and_its_gripper_kept(tmp_path: Path) -> None:
    text = mjcf(chain(end=fingers()), servos(*JOINTS, *FINGERS))
    scene = load(tmp_path, text, "arm_joints: [joint_1, joint_2, joint_3, joint_4]")
    assert scene.robot.command_joints == (*JOINTS[:4], *FINGERS)
    assert "Held still: joint_5, joint_6." in scene.notes


def test_without_gripper_joints_the_fingers_are_held_still(tmp_path: Path) -> None:
    text = mjcf(chain(end=fingers()), servos(*JOINTS, *FINGERS))
    scene = load(tmp_path, text, "gripper_joints: []")
    assert scene.robot.joint_names[:6] == JOINTS and scene.robot.model.njnt == 6
    assert "Held still: left_finger, right_finger." in scene.notes


def test_a_finger_alone_can_be_the_gripper(tmp_path: Path) -> None:
    text = mjcf(chain(end=fingers()), servos(*JOINTS, *FINGERS))
    scene = load(tmp_path, text, "gripper_joints: [right_finger]")
    assert scene.robot.command_joints == (*JOINTS, "right_finger")
    assert "Held still: left_finger." in scene.notes
    np.testing.assert_array_equal(scene.robot.gripper_open, [0.04])


def test_a_last_joint_named_as_gripper_is_no_arm_joint(tmp_path: Path) -> None:
    scene = load(tmp_path, mjcf(chain(), servos(*JOINTS)), "gripper_joints: [joint_6]")
    assert scene.robot.command_joints == JOINTS
    assert len(scene.robot.arm) == 5 and len(scene.robot.gripper) == 1


@pytest.mark.parametrize("joint", ["right_left_finger", "left_joint_3"])
def test_a_gripper_that_is_not_this_arms_is_one_sentence(tmp_path: Path, joint: str) -> None:
    with pytest.raises(
        UserError, match=f"my_arm: gripper_joints: {joint} are not beyond"
    ) as caught:
        load(tmp_path, TWO_ARMS, f"gripper_joints: [{joint}]")
    assert "\n" not in str(caught.value)
