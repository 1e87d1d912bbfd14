"""Arms that can't hold or move are found by a little simulation."""

from collections.abc import Callable

import pytest

Changes = dict[str, str]

LIFT_KP = 'kp="4000" forcerange="-150 150"'
HOME = "[0.0, -1.3, 1.7, -1.9, 1.57, 0.0]"


@pytest.mark.parametrize(
    ("level", "sentence", "xml", "yaml"),
    [
        ("warning", "At home these touch: probe and table_top",
         {}, {HOME: "[0.0, -0.84, 1.7, -2.36, 1.57, 0.0]"}),
        ("warning", "are away from it by (rad): lift_joint (",
         {LIFT_KP: 'kp="100" forcerange="-20 20"',
          ' gravcomp="1"': ""}, {}),
        ("warning", "within 1 s, and covered only this share of the way: lift_joint (",
         {LIFT_KP: 'kp="4000" forcerange="-0.3 0.3"'}, {}),
        ("warning", "lift_joint takes 0.", {LIFT_KP: 'kp="60" forcerange="-150 150"'}, {}),
    ],
)  # fmt: skip
def test_a_fault_is_found(
    texts: Callable[..., str], level: str, sentence: str, xml: Changes, yaml: Changes
) -> None:
    assert sentence in texts(level, xml, yaml)


def test_what_diverges_is_an_error_and_not_a_crash(texts: Callable[..., str]) -> None:
    exact = {"tool_frame": "exact: true\nrotor_inertia: {}\ntool_frame"}
    wild = {LIFT_KP: 'kp="1e12" dampratio="0"', 'integrator="implicitfast"': 'integrator="Euler"'}
    assert "diverges" in texts("error", wild, exact)
