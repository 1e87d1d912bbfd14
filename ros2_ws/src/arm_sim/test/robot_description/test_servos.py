"""A joint comes to rest at the commanded position, whatever its servo's units; others are told."""

from collections.abc import Callable

import mujoco
import pytest

from arm_sim.robot_description.actuators import kind
from arm_sim.robot_description.servos import find_servos

Text = Callable[..., str]
Settle = Callable[..., dict[str, float]]

SERVOS = {
    "plain": {"actuator": '<position joint="j1" kp="300" kv="30"/>'},
    "gear": {"actuator": '<position joint="j1" gear="2" kp="100" dampratio="1"/>'},
    "negative gear": {"actuator": '<position joint="j1" gear="-3" kp="100" dampratio="1"/>'},
    "gear on several axes": {
        "actuator": '<position joint="j1" gear="2 5 0 7 0 0" kp="100" kv="10"/>'
    },
    "as in the parent": {"actuator": '<position jointinparent="j1" kp="300" kv="30"/>'},
    "other gain": {
        "actuator": '<general joint="j1" biastype="affine" gainprm="4" biasprm="0 -300 -30"/>'
    },
    "gain below 0": {
        "actuator": '<general joint="j1" biastype="affine" gainprm="-4" biasprm="0 -300 -30"/>'
    },
    "affine gain that is fixed": {
        "actuator": '<general joint="j1" gaintype="affine" biastype="affine" gainprm="300" '
        'biasprm="0 -300 -30"/>'
    },
    "constant bias": {
        "actuator": '<general joint="j1" biastype="affine" gainprm="300" biasprm="60 -300 -20"/>'
    },
    "filter": {"actuator": '<position joint="j1" kp="300" kv="30" timeconst="0.1"/>'},
    "coarse filter": {
        "actuator": '<general joint="j1" dyntype="filter" dynprm="0.1" biastype="affine" '
        'gainprm="300" biasprm="0 -300 -30"/>'
    },
    "pid": {"actuator": '<pid joint="j1" kp="300" kv="30"/>'},
    "pid with all": {
        "actuator": '<pid joint="j1" kp="300" kv="30" ki="400" imax="1" slewmax="4" gear="2"/>'
    },
    "pid after others": {
        "actuator": '<pid joint="j3" kp="300" kv="30"/><position joint="j1" kp="300" kv="30"/>'
    },
    "reference off 0": {"actuator": '<position joint="j1" kp="300" kv="30"/>', "j1": 'ref="0.5"'},
    "spring": {
        "actuator": '<position joint="j1" kp="300" kv="30"/>',
        "j1": 'stiffness="40" springref="0.7" ref="0.2"',
    },
    "spring and gear": {
        "actuator": '<position joint="j1" kp="300" kv="30" gear="-2"/>',
        "j1": 'stiffness="40" springref="0.7"',
    },
    "spring switched off": {
        "actuator": '<position joint="j1" kp="300" kv="30"/>',
        "j1": 'stiffness="40" springref="0.7"',
        "flag": 'spring="disable"',
    },
    "tendon spring": {
        "actuator": '<position joint="j1" kp="300" kv="30"/>',
        "tendon": '<fixed name="t" springlength="0.4" stiffness="9"><joint joint="j1" coef="2"/>'
        "</fixed>",
    },
    "rotor inertia": {
        "actuator": '<position joint="j1" kp="300" kv="30" armature="0.2" damping="4"/>'
    },
    "control range that does not count": {
        "actuator": '<position joint="j1" kp="300" kv="30" ctrlrange="-0.1 0.1" '
        'ctrllimited="false"/>'
    },
    "clamping switched off": {
        "actuator": '<position joint="j1" kp="300" kv="30" ctrlrange="-0.1 0.1"/>',
        "flag": 'clampctrl="disable"',
    },
}
BOTH = '<fixed name="t"><joint joint="f1" coef="{0}"/><joint joint="f2" coef="{1}"/></fixed>'
TENDON = '<general tendon="t" biastype="affine" gainprm="0.4" biasprm="3 -900 -90"/>'
FINGERS = {
    "coupled": {
        "tendon": BOTH.format("0.5", "0.5"),
        "equality": '<joint joint1="f1" joint2="f2"/>',
        "actuator": TENDON,
    },
    "coupled by another ratio": {
        "tendon": BOTH.format("1", "-0.5"),
        "equality": '<joint joint1="f2" joint2="f1" polycoef="0.01 0.5 0 0 0"/>',
        "actuator": TENDON,
    },
    "not coupled": {"tendon": BOTH.format("0.5", "0.5"), "actuator": TENDON},
    "with springs": {
        "tendon": BOTH.format("0.5", "0.5").replace('"t"', '"t" stiffness="50"'),
        "equality": '<joint joint1="f1" joint2="f2"/>',
        "actuator": TENDON,
        "f1": 'stiffness="60" springref="0.04"',
        "f2": 'stiffness="20"',
    },
    "follower of a joint": {
        "equality": '<joint joint1="f2" joint2="f1" polycoef="0 0.5 0 0 0"/>',
        "actuator": '<position joint="f1" kp="900" kv="90"/>',
        "f2": 'stiffness="60" springref="0.04"',
    },
}


@pytest.mark.parametrize("parts", SERVOS.values(), ids=SERVOS)
@pytest.mark.parametrize("target", [-0.6, 0.9])
def test_a_joint_rests_where_it_is_commanded(
    text: Text, settle: Settle, parts: dict[str, str], target: float
) -> None:
    model = mujoco.MjModel.from_xml_string(text(**parts))
    servo = find_servos(model)[model.joint("j1").id][0]
    found = settle(model, {servo.control: servo.scale * target + servo.offset})
    assert found["j1"] == pytest.approx(target, abs=1e-3)


@pytest.mark.parametrize("parts", FINGERS.values(), ids=FINGERS)
def test_a_finger_rests_where_it_is_commanded(
    text: Text, settle: Settle, parts: dict[str, str]
) -> None:
    model = mujoco.MjModel.from_xml_string(text(**parts))
    assert list(find_servos(model)) == [model.joint("f1").id]
    servo = find_servos(model)[model.joint("f1").id][0]
    found = settle(model, {servo.control: servo.scale * 0.03 + servo.offset})
    assert found["f1"] == pytest.approx(0.03, abs=2e-4)


def test_a_plain_servo_takes_positions_to_the_bit(text: Text) -> None:
    model = mujoco.MjModel.from_xml_string(text(**SERVOS["plain"]))
    ((servo,),) = find_servos(model).values()
    assert (servo.scale, servo.offset, servo.stiffness) == (1.0, 0.0, 300.0)
    assert str(servo.offset) == "0.0"  # Not -0.0.


def test_the_stiffest_of_two_servos_comes_first(text: Text) -> None:
    weak = '<position name="weak" joint="j1" kp="200"/>'
    geared = '<position name="geared" joint="j1" kp="100" gear="2"/>'
    model = mujoco.MjModel.from_xml_string(text(actuator=weak + geared))
    ((first, second),) = find_servos(model).values()
    assert [model.actuator(s.actuator).name for s in (first, second)] == ["geared", "weak"]


def test_activations_are_set_points_or_integrals(text: Text) -> None:
    actuators = (
        '<pid joint="j1" kp="9" ki="1" slewmax="4"/><pid joint="j2" kp="9" ki="1"/>'
        '<position joint="j3" kp="9" timeconst="0.1"/>'
    )
    model = mujoco.MjModel.from_xml_string(text(actuator=actuators))
    servos = [servo for (servo,) in find_servos(model).values()]
    assert [servo.activations for servo in servos] == [(0, 1), (2,), (3,)]
    assert [servo.set_points for servo in servos] == [(0,), (), (3,)]
    assert [servo.control for servo in servos] == [0, 2, 4]  # A <pid> has a velocity input too.


PLAIN = '<position joint="j1" kp="300" kv="30"/>'
OTHERS = {
    "motor": ('<motor joint="j1"/>', {}),
    "motor with a bias that does not act": (
        '<general joint="j1" gainprm="300" biastype="none" biasprm="0 -300 -20"/>', {}),
    "velocity servo": ('<velocity joint="j1" kv="30"/>', {}),
    "integrated velocity servo": ('<intvelocity joint="j1" kp="300" kv="30"/>', {}),
    "damper": ('<damper joint="j1" kv="3" ctrlrange="0 1"/>', {}),
    "cylinder": ('<cylinder joint="j1"/>', {}),
    "DC motor": ('<dcmotor joint="j1" motorconst="0.05" resistance="2"/>', {}),
    "muscle": ('<muscle joint="j1" lengthrange="-1 1"/>', {}),
    "adhesion actuator": ('<adhesion body="l3" ctrlrange="0 1"/>', {}),
    "actuator of another kind: position of a site": (
        '<position site="tip" refsite="ground" gear="1 0 0 0 0 0" kp="300"/>', {}),
    "actuator of another kind: runs away": (
        '<general joint="j1" biastype="affine" gainprm="300" biasprm="0 300 -20"/>', {}),
    "actuator of another kind: gain that varies": (
        '<general joint="j1" gaintype="affine" biastype="affine" gainprm="300 5" '
        'biasprm="0 -300 -20"/>', {}),
    "plugin actuator": (
        '<plugin plugin="mujoco.pid" joint="j1" actdim="1"><config key="kp" value="40"/>'
        '<config key="ki" value="4"/></plugin>',
        {"more": '<extension><plugin plugin="mujoco.pid"/></extension>'}),
    "disabled actuator": (
        '<position joint="j1" kp="300" group="3"/>', {"option": ' actuatorgroupdisable="3"'}),
    "disabled actuator with all": (PLAIN, {"flag": 'actuation="disable"'}),
}  # fmt: skip


@pytest.mark.parametrize(("name", "case"), OTHERS.items())
def test_what_is_no_position_servo_is_told_apart(
    text: Text, name: str, case: tuple[str, dict[str, str]]
) -> None:
    actuator, parts = case
    model = mujoco.MjModel.from_xml_string(text(actuator=actuator, **parts))
    assert find_servos(model) == {}
    assert name.startswith(kind(model, 0))


def test_a_delayed_servo_is_left_out(text: Text) -> None:
    delayed = PLAIN.replace("/>", ' delay="0.02" nsample="4"/>')
    assert find_servos(mujoco.MjModel.from_xml_string(text(actuator=delayed))) == {}


def test_a_group_that_is_not_disabled_acts(text: Text) -> None:
    servo = PLAIN.replace("/>", ' group="4"/>')
    model = mujoco.MjModel.from_xml_string(text(actuator=servo, option=' actuatorgroupdisable="3"'))
    assert len(find_servos(model)) == 1
