"""Commands keep to what a joint can follow, and torques to the narrowest limit of the file."""

from collections.abc import Callable

import mujoco
import numpy as np
import pytest

from arm_sim.robot_description.limits import command_limits, torque_limits

Text = Callable[..., str]
J1 = '<position joint="j1" kp="300" kv="30" {}/>'
FINGER = '<position joint="f1" kp="900" kv="90"/>'
TENDON = '<fixed name="t" {}><joint joint="f1" coef="2"/><joint joint="f2" coef="2"/></fixed>'
EQUAL = '<joint joint1="f2" joint2="f1" polycoef="0.01 0.5 0 0 0"/>'
INF = np.inf

COMMANDS = {
    "nothing but the range": ("j1", (-3, 3), {"actuator": J1.format("")}),
    "inherited range": ("j1", (-3, 3), {"actuator": J1.format('inheritrange="1"')}),
    "smaller inherited range": ("j1", (-2.4, 2.4), {"actuator": J1.format('inheritrange="0.8"')}),
    "control range": ("j1", (-0.4, 0.5), {"actuator": J1.format('ctrlrange="-0.4 0.5"')}),
    "wider control range": ("j1", (-3, 3), {"actuator": J1.format('ctrlrange="-4 5"')}),
    "not limited by it": (
        "j1", (-3, 3), {"actuator": J1.format('ctrlrange="-0.4 0.5" ctrllimited="false"')}),
    "not clamped to it": (
        "j1", (-3, 3),
        {"actuator": J1.format('ctrlrange="-0.4 0.5"'), "flag": 'clampctrl="disable"'}),
    "control range and gear": (
        "j1", (-0.25, 0.2), {"actuator": J1.format('ctrlrange="-0.4 0.5" gear="-2"')}),
    "activation range": (
        "j1", (-0.4, 0.5),
        {"actuator": J1.format('timeconst="0.1"').replace("position", "general").replace(
            'kp="300" kv="30" timeconst="0.1"',
            'dyntype="filter" biastype="affine" gainprm="300" biasprm="0 -300" '
            'actrange="-0.4 0.5"')}),
    "margin": ("j1", (-2.9, 2.9), {"actuator": J1.format(""), "j1": 'margin="0.1"'}),
    "endless": ("j1", (-INF, INF), {"actuator": J1.format(""), "j1": 'limited="false"'}),
    "endless with a control range": (
        "j1", (-6, 6), {"actuator": J1.format('ctrlrange="-6 6"'), "j1": 'limited="false"'}),
    "range about another reference": (
        "j1", (-3, 3), {"actuator": J1.format(""), "j1": 'ref="0.5"'}),
    "without a servo": ("j1", (-3, 3), {"actuator": '<motor joint="j1" ctrlrange="-1 1"/>'}),
    "follower": ("f1", (0, 0.04), {"actuator": FINGER, "equality": EQUAL}),
    "follower of a smaller range": (
        "f1", (0, 0.02), {"actuator": FINGER, "equality": EQUAL.replace("0.01 0.5", "0 2")}),
    "tendon": (
        "f1", (0.01, 0.03),
        {"actuator": FINGER, "tendon": TENDON.format('range="0.04 0.12"'),
         "equality": EQUAL.replace("0.01 0.5", "0 1")}),
    "tendon of joints that are free": (
        "f1", (0, 0.04), {"actuator": FINGER, "tendon": TENDON.format('range="0.04 0.12"')}),
}  # fmt: skip


@pytest.mark.parametrize(("joint", "expected", "parts"), COMMANDS.values(), ids=COMMANDS)
def test_commands_keep_to_what_the_joint_can_follow(
    text: Text, joint: str, expected: tuple[float, float], parts: dict[str, str]
) -> None:
    model = mujoco.MjModel.from_xml_string(text(**parts))
    found = [limits[model.joint(joint).id] for limits in command_limits(model)]
    assert found == pytest.approx(expected, abs=1e-9)


def test_equal_ranges_are_kept_to_the_bit(text: Text) -> None:
    joint, servo = 'range="-1.6056 1.7"', J1.format('inheritrange="1"')
    xml = text(actuator=servo).replace('name="j1" axis="0 0 1" range="-3 3"', f'name="j1" {joint}')
    lower, upper = command_limits(mujoco.MjModel.from_xml_string(xml))
    assert (lower[0], upper[0]) == (-1.6056, 1.7)


def test_a_joint_goes_no_further_than_its_margin(text: Text) -> None:
    # The reason why a margin narrows the range.
    model = mujoco.MjModel.from_xml_string(text(actuator=J1.format(""), j1='margin="0.3"'))
    data = mujoco.MjData(model)
    data.ctrl[0] = 3.0
    mujoco.mj_step(model, data, nstep=1000)
    assert data.qpos[0] == pytest.approx(2.7, abs=0.02)


TORQUES = {
    "none": (INF, {"actuator": J1.format("")}),
    "no actuator": (INF, {}),
    "force range": (70, {"actuator": J1.format('forcerange="-70 50"')}),
    "force range and gear": (140, {"actuator": J1.format('forcerange="-70 70" gear="-2"')}),
    "joint's range": (40, {"actuator": J1.format('forcerange="-70 70"'),
                           "j1": 'actuatorfrcrange="-40 40"'}),
    "joint's wider range": (70, {"actuator": J1.format('forcerange="-70 70"'),
                                 "j1": 'actuatorfrcrange="-90 90"'}),
    "motor": (80, {"actuator": '<motor joint="j1" ctrlrange="-40 40" gear="2"/>'}),
    "motor with gain": (
        12, {"actuator": '<general joint="j1" gainprm="3" ctrlrange="-4 4"/>'}),
    "motor with force range": (
        20, {"actuator": '<motor joint="j1" ctrlrange="-40 40" forcerange="-10 10" gear="2"/>'}),
    "control range of a servo": (INF, {"actuator": J1.format('ctrlrange="-2 2"')}),
    "disabled": (INF, {"actuator": J1.format('forcerange="-70 50" group="2"'),
                       "option": ' actuatorgroupdisable="2"'}),
    "tendon": (
        15, {"tendon": '<fixed name="t"><joint joint="j1" coef="0.5"/></fixed>',
             "actuator": '<motor tendon="t" gear="3" forcerange="-10 10"/>'}),
    "tendon's range": (
        4, {"tendon": '<fixed name="t" actuatorfrcrange="-8 8"><joint joint="j1" coef="0.5"/>'
            "</fixed>", "actuator": '<motor tendon="t" gear="3"/>'}),
}  # fmt: skip


@pytest.mark.parametrize(("expected", "parts"), TORQUES.values(), ids=TORQUES)
def test_the_narrowest_torque_limit_counts(
    text: Text, expected: float, parts: dict[str, str]
) -> None:
    model = mujoco.MjModel.from_xml_string(text(**parts))
    limits = torque_limits(model)
    assert limits[0] == pytest.approx(expected)
    assert np.isinf(limits[1:]).all()
