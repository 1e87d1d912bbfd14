"""Fixtures that the tests of the checks share."""

from collections.abc import Callable
from pathlib import Path

import pytest

from arm_sim.validation.report import Report, check_robot

Changes = dict[str, str]


@pytest.fixture
def check(write_arm: Callable[..., Path]) -> Callable[..., Report]:
    """Checks the six-axis arm with some texts in its files replaced by others."""

    def run(xml: Changes | None = None, yaml: Changes | None = None) -> Report:
        return check_robot(str(write_arm("six_axis_arm", xml, yaml)))

    return run


@pytest.fixture
def texts(check: Callable[..., Report]) -> Callable[..., str]:
    """The texts of all findings of a level, a line each, after changes of the six-axis arm."""

    def run(level: str, xml: Changes | None = None, yaml: Changes | None = None) -> str:
        report = check(xml, yaml)
        assert report.usable == all(finding.level != "error" for finding in report.findings)
        return "\n".join(finding.text for finding in report.findings if finding.level == level)

    return run
