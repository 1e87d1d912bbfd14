"""A robot whose states come too rarely, or whose limits are tighter, is found out beforehand."""

import re

import pytest

from arm_sim.robot.robot import Robot
from arm_sim.robot.urdf import urdf
from arm_trainer.policies.robot_checks import limit_misfits, rate_misfit

PERIOD = 0.05


def stamps(*periods_ms: float) -> list[int]:
    ends = [0.0]
    for period in periods_ms:
        ends.append(ends[-1] + period)
    return [int(1e18) + round(end * 1e6) for end in ends]


@pytest.mark.parametrize(
    "periods",
    [
        pytest.param([50] * 5, id="as often as commands"),
        pytest.param([50.4] * 5, id="within a hundredth of it"),
        pytest.param([1] * 5, id="more often"),
        pytest.param([10, 10, 300, 10, 10], id="one missed"),
        pytest.param([20], id="only two"),
    ],
)
def test_states_that_come_often_enough_fit(periods: list[float]) -> None:
    assert rate_misfit(stamps(*periods), PERIOD) is None


@pytest.mark.parametrize(
    ("periods", "why"),
    [
        ([51] * 5, "its joint_states come at 19.6 Hz, and the policy commands at 20.0 Hz"),
        ([100] * 5, "its joint_states come at 10.0 Hz, and the policy commands at 20.0 Hz"),
        ([0] * 5, "the stamps of its joint_states do not rise"),
        ([-10] * 5, "the stamps of its joint_states do not rise"),
    ],
)
def test_states_that_come_too_rarely_do_not(periods: list[float], why: str) -> None:
    assert rate_misfit(stamps(*periods), PERIOD) == why


@pytest.fixture(scope="module")
def own(robot: Robot) -> str:
    """The arm's own description."""
    return urdf(robot)


def changed(text: str, joint: str, change: str) -> str:
    """A description with another <limit> (or none) of a joint."""
    found = re.search(rf'<joint name="{joint}".*?</joint>', text, re.DOTALL)
    assert found is not None
    new, count = re.subn(r"<limit [^>]*/>", change, found[0])
    assert count == 1
    return text.replace(found[0], new)


def test_the_arms_own_description_fits(robot: Robot, own: str) -> None:
    assert limit_misfits(own, robot) == []
    assert limit_misfits('<?xml version="1.0" encoding="utf-8"?>\n' + own, robot) == []


PAN = "shoulder_pan_joint"


@pytest.mark.parametrize(
    "limit",
    [
        '<limit lower="-1.6056" upper="1.6056" velocity="1.256" effort="1"/>',
        '<limit lower="-1.6050" upper="1.6050" velocity="1.2555" effort="1"/>',
        '<limit lower="-3" upper="3" velocity="9" effort="1"/>',
        '<limit lower="-1.6056" upper="1.6056"/>',
    ],
)
def test_looser_and_rounded_limits_fit(robot: Robot, own: str, limit: str) -> None:
    assert limit_misfits(changed(own, PAN, limit), robot) == []


@pytest.mark.parametrize(
    ("limit", "why"),
    [
        (
            '<limit lower="-1.5" upper="1.7" velocity="2"/>',
            "shoulder_pan_joint goes from -1.5 to 1.7, in training from -1.6056 to 1.6056",
        ),
        (
            '<limit lower="-1.7" upper="1.6" velocity="2"/>',
            "shoulder_pan_joint goes from -1.7 to 1.6, in training from -1.6056 to 1.6056",
        ),
        (
            '<limit lower="-1.7" upper="1.7" velocity="1"/>',
            "shoulder_pan_joint is limited to 1 per s, in training to 1.256",
        ),
        (
            '<limit lower="low" upper="1.7" velocity="1"/>',
            "the limits of shoulder_pan_joint in its robot_description are not numbers",
        ),
        (
            '<limit lower="-1.7" upper="nan" velocity="2"/>',
            "the limits of shoulder_pan_joint in its robot_description are not numbers",
        ),
        (
            '<limit lower="-1.7" upper="1.7" velocity="nan"/>',
            "the limits of shoulder_pan_joint in its robot_description are not numbers",
        ),
    ],
)
def test_tighter_limits_do_not(robot: Robot, own: str, limit: str, why: str) -> None:
    assert limit_misfits(changed(own, PAN, limit), robot) == [why]


def test_everything_that_is_wrong_is_said(robot: Robot, own: str) -> None:
    text = changed(own, PAN, '<limit lower="-1" upper="1" velocity="1"/>')
    text = text.replace('"elbow_flex_joint"', '"elbow_joint"')
    misfits = limit_misfits(text, robot)
    assert len(misfits) == 3
    assert "its robot_description has no joint elbow_flex_joint" in misfits


def test_a_joint_that_turned_endlessly_must_still(robot: Robot, own: str) -> None:
    joint = '<joint name="wrist_roll_joint" type='
    assert f'{joint}"continuous"' in own
    text = own.replace(f'{joint}"continuous"', f'{joint}"revolute"')
    text = changed(text, "wrist_roll_joint", '<limit lower="-9" upper="9" velocity="9"/>')
    (misfit,) = limit_misfits(text, robot)
    assert misfit == "wrist_roll_joint goes from -9 to 9, in training from -inf to inf"
    # Limits of a continuous joint mean nothing.
    text = changed(own, "wrist_roll_joint", '<limit lower="0" upper="0" velocity="9"/>')
    assert limit_misfits(text, robot) == []


@pytest.mark.parametrize("text", ["", "no XML", "<robot>", "\0"])
def test_what_is_no_description_is_said(robot: Robot, text: str) -> None:
    (misfit,) = limit_misfits(text, robot)
    assert misfit.startswith("its robot_description is not XML (")


def test_a_description_of_something_else_lacks_every_joint(robot: Robot) -> None:
    assert len(limit_misfits("<robot/>", robot)) == 7
