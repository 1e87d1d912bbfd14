"""Arms are found in robots of many kinds, and end where the gripper begins."""

import mujoco
import pytest

from arm_sim.common.errors import UserError
from arm_sim.robot_description.arms import choose_arm, find_arms
from support.primitive_arms import FINGERS, JOINTS, chain, finger, fingers, jaw, mjcf

BALL = '<geom size="0.03" mass="0.1"/>'
ROUND_WRIST = (
    '<body name="plate" pos="0 0 0.06"><joint name="plate" axis="0 0 1" range="-1 1"/>'
    '<geom type="cylinder" size="0.04 0.01" mass="0.1"/></body>'
)


def compiled(world: str, *sections: str) -> mujoco.MjModel:
    return mujoco.MjModel.from_xml_string(mjcf(world, *sections))


def names(model: mujoco.MjModel, joints: tuple[int, ...]) -> tuple[str, ...]:
    return tuple(model.joint(joint).name for joint in joints)


def chosen(model: mujoco.MjModel, name: str = "") -> tuple[tuple[str, ...], tuple[str, ...]]:
    arm = choose_arm(model, name)
    return names(model, arm.joints), names(model, arm.hand_joints)


def prefixed(prefix: str, joints: tuple[str, ...] = JOINTS) -> tuple[str, ...]:
    return tuple(prefix + name for name in joints)


def slide(name: str, axis: str, inner: str, limits: str = "") -> str:
    joint = f'<joint name="{name}" type="slide" axis="{axis}" {limits}/>'
    return f'<body name="{name}_link">{joint}{BALL}{inner}</body>'


def hinge(name: str, inner: str = "", pos: str = "0 0 0.1", shape: str = BALL) -> str:
    joint = f'<joint name="{name}" axis="0 0 1" range="-1 1"/>'
    return f'<body name="{name}_link" pos="{pos}">{joint}{shape}{inner}</body>'


def four_bar() -> str:
    """A gripper of two fingers, each of a crank and a rod that carries the pad."""
    bars = ""
    for side, sign in (("left", 1), ("right", -1)):
        pad = hinge(f"{side}_pad", pos="0 0 0.03")
        bars += hinge(f"{side}_crank", pad, f"0 {0.02 * sign} 0.06")
        bars += hinge(f"{side}_rod", "", f"0 {0.01 * sign} 0.07")
    return bars


@pytest.mark.parametrize(
    ("end", "hand"),
    [
        pytest.param("", (), id="no gripper"),
        pytest.param(fingers(), FINGERS, id="parallel fingers"),
        pytest.param(
            finger("a", 0.01, "0 1 0") + finger("b", -0.01, "0 -1 0"),
            ("a", "b"),
            id="fingers whose names say nothing",
        ),
        pytest.param(finger("close", 0.01, "0 1 0"), ("close",), id="one finger"),
        pytest.param(jaw(), ("joint_7",), id="a jaw whose name says nothing"),
        pytest.param(
            four_bar(),
            ("left_crank", "left_pad", "left_rod", "right_crank", "right_pad", "right_rod"),
            id="a four-bar linkage",
        ),
    ],
)
def test_an_arm_ends_where_its_gripper_begins(end: str, hand: tuple[str, ...]) -> None:
    model = compiled(chain(end=end))
    assert len(find_arms(model)) == 1
    assert chosen(model) == (JOINTS, hand)
    assert model.body(choose_arm(model).end).name == "link_6"


def test_a_last_joint_that_turns_about_its_middle_is_a_wrist() -> None:
    assert chosen(compiled(chain(end=ROUND_WRIST))) == ((*JOINTS, "plate"), ())


def test_a_wrist_whose_body_is_named_gripper_is_no_finger() -> None:
    model = compiled(chain(end=ROUND_WRIST.replace('body name="plate"', 'body name="gripper"')))
    assert chosen(model) == ((*JOINTS, "plate"), ())


def test_several_joints_on_a_body_belong_to_the_arm() -> None:
    two = '<joint name="first" axis="0 0 1"/><joint name="second" axis="0 1 0"/>'
    world = f'<body name="shoulder">{two}{BALL}{chain(joints=2, end=fingers())}</body>'
    assert chosen(compiled(world)) == (("first", "second", "joint_1", "joint_2"), FINGERS)


def test_of_two_arms_the_first_is_chosen_and_the_other_can_be_named() -> None:
    left, right = (chain(f"{s}_", end=fingers(f"{s}_")) for s in ("left", "right"))
    model = compiled(hinge("torso_turn", left + right))
    assert [names(model, arm.joints) for arm in find_arms(model)] == [
        prefixed("left_"),
        prefixed("right_"),
    ]
    assert chosen(model) == (prefixed("left_"), prefixed("left_", FINGERS))
    for name in ("right_joint_1", "right_link_3", "right_left_finger", "right_left_finger_link"):
        assert chosen(model, name) == (prefixed("right_"), prefixed("right_", FINGERS))
    with pytest.raises(UserError) as caught:
        choose_arm(model, "middle")
    assert str(caught.value) == (
        "No arm has a joint or a body 'middle' (the arms are: left_joint_1 to left_joint_6; "
        "right_joint_1 to right_joint_6)."
    )


def test_of_two_arms_the_one_of_more_joints_is_chosen() -> None:
    model = compiled(chain("small_", joints=3) + chain("large_", joints=6))
    assert chosen(model)[0] == prefixed("large_")


@pytest.mark.parametrize(
    "base",
    [
        pytest.param(
            ("base_x", "base_y", "base_yaw"), id="a mobile base that turns about a joint of its own"
        ),
        pytest.param(("rail_x", "rail_y"), id="slides without limits"),
        pytest.param(("torso_lift",), id="a torso that lifts"),
    ],
)
def test_a_mobile_base_is_left_out(base: tuple[str, ...]) -> None:
    world = chain(end=fingers())
    for name in reversed(base):
        limits = 'range="0 0.4"' if name == "torso_lift" else ""
        world = hinge(name, world) if "yaw" in name else slide(name, "1 0 0", world, limits)
    assert chosen(compiled(world)) == (JOINTS, FINGERS)


def test_a_rail_with_limits_is_a_joint_of_the_arm() -> None:
    model = compiled(slide("rail", "0 1 0", chain(), 'range="-0.5 0.5"'))
    assert chosen(model)[0] == ("rail", *JOINTS)


def test_legs_and_heads_come_last_or_are_no_arms() -> None:
    leg = hinge("l_hip", hinge("l_knee", hinge("l_ankle", hinge("l_foot"))), "0 0.2 0")
    head = hinge("head_pan", hinge("head_tilt"))
    model = compiled(leg + head + chain(joints=3))
    assert chosen(model)[0] == JOINTS[:3]
    found = [names(model, arm.joints) for arm in find_arms(model)]
    assert found == [JOINTS[:3], ("l_hip", "l_knee", "l_ankle", "l_foot")]


def test_free_objects_and_ball_joints_elsewhere_are_tolerated() -> None:
    brick = f'<body name="brick" pos="1 0 1"><freejoint/>{BALL}</body>'
    lamp = f'<body name="lamp"><joint name="lamp" type="ball"/>{BALL}</body>'
    text = mjcf(chain(end=fingers())).replace("</worldbody>", f"{brick}{lamp}</worldbody>")
    model = mujoco.MjModel.from_xml_string(text)
    assert chosen(model) == (JOINTS, FINGERS)


def test_an_arm_on_a_free_body_is_found() -> None:
    text = mjcf(f"<freejoint/>{BALL}{chain()}")
    assert chosen(mujoco.MjModel.from_xml_string(text))[0] == JOINTS


@pytest.mark.parametrize("joints", [1, 2])
def test_fewer_than_three_hinges_are_refused_in_one_sentence(joints: int) -> None:
    model = compiled(chain(joints=joints))
    assert find_arms(model) == []
    with pytest.raises(UserError) as caught:
        choose_arm(model)
    assert str(caught.value) == (
        "There is no arm: no chain of at least three hinges that hang on each other (joints: "
        f"{', '.join(JOINTS[:joints])})."
    )


def test_many_joints_without_an_arm_are_listed_shortened() -> None:
    model = compiled("".join(hinge(f"wheel_{i}") for i in range(30)))
    with pytest.raises(UserError, match=r"wheel_11 and 18 more\)\.$"):
        choose_arm(model)
