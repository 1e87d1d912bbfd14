"""Whatever drives a file's joints, each commanded joint ends up with one servo that holds."""

from collections.abc import Callable

import mujoco
import numpy as np
import pytest

from arm_sim.robot_description.ensure_servos import ensure_servos
from arm_sim.robot_description.servos import find_servos

Text = Callable[..., str]
JOINTS = ("j1", "j2", "j3")


def on_all(element: str) -> str:
    return "".join(element.format(joint=joint) for joint in JOINTS)


MOTORS = on_all('<motor name="{joint}" joint="{joint}" ctrlrange="-50 50"/>')
LIGHT = dict.fromkeys(JOINTS, 'armature="0"') | {"mass": "0.02", "length": "0.01"}
KINDS = {
    "plain": ({"actuator": on_all('<position joint="{joint}" kp="300" kv="30"/>')}, []),
    "none": (
        {},
        ["3 joints without an actuator get position servos: kp 112 to",
         "Gravity is compensated on 5 bodies"]),
    "motors": (
        {"actuator": MOTORS},
        ["3 motors replaced by position servos: kp 112 to 247 N·m/rad, critically damped, at most "
         "50 N·m (from the file).", "Gravity is compensated on 5 bodies"]),
    "motors of a light arm": (
        LIGHT | {"actuator": MOTORS},
        ["3 motors replaced by position servos: kp", "Gravity is compensated"]),
    "explicit integrator": (
        LIGHT | {"actuator": MOTORS, "integrator": "Euler"},
        ["3 motors replaced", "Gravity is compensated", "The integrator is implicitfast"]),
    "defaults that would spoil new servos": (
        {"default": '<general gear="3" forcerange="-1 1" ctrlrange="-0.1 0.1" group="2" '
         'delay="0.02" nsample="4"/>', "option": ' actuatorgroupdisable="2"'},
        ["3 joints without", "Gravity is compensated"]),
    "one motor, one joint without": (
        {"actuator": '<motor joint="j1" ctrlrange="-50 50"/><position joint="j2" kp="300" '
         'kv="30"/>'},
        ["1 motor replaced by", "1 joint without an actuator get", "Gravity is"]),
    "bias that does not act": (
        {"actuator": on_all('<general joint="{joint}" gainprm="300" biasprm="0 -300 -20" '
                            'forcerange="-100 100"/>')},
        ["3 motors replaced by", "Gravity is compensated"]),
    "velocity servos": (
        {"actuator": on_all('<velocity joint="{joint}" kv="30" forcerange="-50 50"/>')},
        ["3 velocity servos replaced by", "Gravity is compensated"]),
    "integrated velocity servos": (
        {"actuator": on_all('<intvelocity joint="{joint}" kp="300" dampratio="1" '
                            'actrange="-3 3"/>')},
        ["3 integrated velocity servos made position servos of equal gains."]),
    "dampers": (
        {"actuator": on_all('<damper joint="{joint}" kv="3" ctrlrange="0 1"/>')},
        ["3 dampers replaced by", "Gravity is compensated"]),
    "DC motors": (
        {"actuator": on_all('<dcmotor joint="{joint}" motorconst="0.05" resistance="2"/>')},
        ["3 DC motors replaced by", "Gravity is compensated"]),
    "two servos on a joint": (
        {"actuator": on_all('<position name="p{joint}" joint="{joint}" kp="300" kv="30"/>'
                            '<position name="q{joint}" joint="{joint}" kp="100" kv="10"/>')},
        ["3 actuators set aside (a position servo moves the same joint): qj1, qj2, qj3."]),
    "velocity servos beside position servos": (
        {"actuator": on_all('<position joint="{joint}" kp="300" gear="2"/>'
                            '<velocity joint="{joint}" kv="40"/>')},
        ["3 velocity servos taken as damping of the position servos beside them."]),
    "motors beside position servos": (
        {"actuator": MOTORS + on_all('<position joint="{joint}" kp="300" kv="30"/>')},
        ["3 actuators set aside (a position servo moves the same joint): j1, j2, j3."]),
    "delays": (
        {"actuator": on_all('<position joint="{joint}" kp="300" kv="30" delay="0.02" '
                            'nsample="4"/>')},
        ["Delays of 3 actuators, up to 0.02 s, are left out"]),
    "disabled group": (
        {"actuator": on_all('<position joint="{joint}" kp="300" kv="30" group="1"/>'),
         "option": ' actuatorgroupdisable="1"'},
        ["3 disabled actuators replaced by", "Gravity is compensated"]),
    "actuation disabled": (
        {"actuator": on_all('<position joint="{joint}" kp="300" kv="30"/>'),
         "flag": 'actuation="disable"'},
        ["Actuation is enabled"]),
    "others on no joint": (
        {"actuator": on_all('<position joint="{joint}" kp="300" kv="30"/>')
         + '<adhesion name="cup" body="l3" ctrlrange="0 1"/><motor joint="f1"/>',
         "more": '<sensor><actuatorfrc actuator="cup"/></sensor>'},
        ["1 actuator set aside (on no joint): cup."]),
    "rotors of motors": (
        {"actuator": on_all('<motor joint="{joint}" gear="10" ctrlrange="-5 5" armature="0.004" '
                            'damping="0.02"/>')},
        ["3 motors replaced by position servos", "Gravity is compensated"]),
    "sites": (
        {"actuator": '<position name="pull" site="tip" refsite="ground" kp="300" '
         'gear="1 0 0 0 0 0"/>'},
        ["1 actuator set aside (on no joint): pull.", "3 joints without", "Gravity is"]),
}  # fmt: skip


@pytest.fixture(params=KINDS.values(), ids=KINDS)
def changed(request: pytest.FixtureRequest, text: Text) -> tuple[mujoco.MjModel, list[str]]:
    """The model after each kind of file was given servos, and what was said, and was to be."""
    parts, sentences = request.param
    spec = mujoco.MjSpec.from_string(text(**parts | {"gravcomp": "0"}))
    said = ensure_servos(spec, spec.compile(), JOINTS)
    made = any("Gravity" in sentence for sentence in sentences)
    if not made:  # The file's own servos need it for this test alone.
        for body in spec.bodies:
            body.gravcomp = 1.0
    assert len(said) == len(sentences), said
    for found, sentence in zip(said, sentences, strict=True):
        assert found.startswith(sentence)
    return spec.compile(), said


def test_each_joint_has_one_servo_and_nothing_else(
    changed: tuple[mujoco.MjModel, list[str]],
) -> None:
    model, _ = changed
    assert model.nactuator == len(JOINTS)
    served = find_servos(model)
    assert [model.joint(joint).name for joint in sorted(served)] == list(JOINTS)
    assert model.nhistory == 0


def test_joints_follow_commands_that_jump(changed: tuple[mujoco.MjModel, list[str]]) -> None:
    model, _ = changed
    data, rng = mujoco.MjData(model), np.random.default_rng(0)
    servos = [servo for (servo,) in find_servos(model).values()]
    target, fastest = np.zeros(3), 0.0
    for _ in range(10):
        target = np.clip(target + rng.uniform(-0.6, 0.6, 3), -2.5, 2.5)
        for servo in servos:
            data.ctrl[servo.control] = servo.scale * target[servo.joint] + servo.offset
        for _ in range(200):
            mujoco.mj_step(model, data)
            fastest = max(fastest, np.abs(data.qvel[:3]).max())
        np.testing.assert_allclose(data.qpos[:3], target, rtol=0, atol=5e-3)
    assert fastest < 20.0  # A joint that chatters reaches some hundred rad/s.


def test_rotors_stay_with_the_joint(text: Text) -> None:
    actuator = '<motor joint="j3" gear="10" ctrlrange="-5 5" armature="0.004" damping="0.02"/>'
    spec = mujoco.MjSpec.from_string(text(actuator=actuator))
    before = spec.compile()
    ensure_servos(spec, before, ["j3"])
    after = spec.compile()
    matrices = []
    for model in (before, after):
        data, full = mujoco.MjData(model), np.zeros((model.nv, model.nv))
        mujoco.mj_forward(model, data)
        mujoco.mj_fullM(model, data, full)
        matrices.append(full)
    np.testing.assert_allclose(matrices[0], matrices[1], atol=1e-12)
    assert after.actuator_damping[0] == pytest.approx(2.0)
    assert after.actuator_forcerange[0].tolist() == [-50, 50]


def test_damping_beside_a_servo_is_reflected_by_the_gears(text: Text) -> None:
    actuator = (
        '<position joint="j1" kp="300" kv="3" gear="2"/><velocity joint="j1" kv="40" gear="3"/>'
    )
    spec = mujoco.MjSpec.from_string(text(actuator=actuator))
    ensure_servos(spec, spec.compile(), ["j1"])
    assert spec.compile().actuator_biasprm[0, 2] == pytest.approx(-3 - 40 * 9 / 4)


def test_an_integrated_servo_keeps_its_gains_and_its_range(text: Text) -> None:
    actuator = '<intvelocity joint="j1" kp="300" dampratio="1" actrange="-2 1" ctrlrange="-9 9"/>'
    spec = mujoco.MjSpec.from_string(text(actuator=actuator))
    before = spec.compile()
    ensure_servos(spec, before, ["j1"])
    after = spec.compile()
    np.testing.assert_array_equal(after.actuator_gainprm, before.actuator_gainprm)
    np.testing.assert_array_equal(after.actuator_biasprm, before.actuator_biasprm)
    assert after.actuator_ctrlrange.tolist() == [[-2, 1]] and after.na == 0


def test_a_tendon_of_motors_gives_way_to_a_servo_of_its_joint(text: Text) -> None:
    spec = mujoco.MjSpec.from_string(
        text(
            tendon='<fixed name="t"><joint joint="f1" coef="1"/><joint joint="f2" coef="1"/>'
            "</fixed>",
            equality='<joint joint1="f2" joint2="f1"/>',
            actuator='<motor name="grip" tendon="t" forcerange="-20 20"/>',
        )
    )
    said = ensure_servos(spec, spec.compile(), ["f1"])
    assert said[0].startswith("1 motor replaced by position servos: kp")
    assert "N/m" in said[0] and "at most 20 N (from the file)" in said[0]
    model = spec.compile()
    assert [model.actuator(i).name for i in range(model.nactuator)] == ["f1"]


def test_gravity_is_compensated_only_on_what_new_servos_carry(text: Text) -> None:
    actuator = on_all('<position joint="{joint}" kp="300" kv="30"/>')
    spec = mujoco.MjSpec.from_string(text(actuator=actuator, gravcomp="0"))
    said = ensure_servos(spec, spec.compile(), [*JOINTS, "f1"])
    assert said[-1].startswith("Gravity is compensated on 1 body")
    model = spec.compile()
    compensated = [model.body(i).name for i in np.flatnonzero(model.body_gravcomp)]
    assert compensated == ["left"]


def test_a_limit_below_gravity_is_said(text: Text) -> None:
    actuator = on_all('<motor joint="{joint}" ctrlrange="-1 1"/>')
    spec = mujoco.MjSpec.from_string(text(actuator=actuator))
    said = ensure_servos(spec, spec.compile(), JOINTS)
    (weak,) = [sentence for sentence in said if "less than gravity" in sentence]
    assert "j2 (1, gravity" in weak and "j1" not in weak
