"""A ROS context stays on this host by default, and leaves the process's environment alone."""

import os

import pytest
import rclpy

from arm_sim.common.errors import UserError
from arm_sim.ros.node_runtime import DISCOVERY_RANGE, ros_context


@pytest.mark.parametrize(
    ("given", "this_host_only", "expected"),
    [
        (None, False, "LOCALHOST"),
        ("SUBNET", False, "SUBNET"),
        ("SUBNET", True, "LOCALHOST"),
        (None, True, "LOCALHOST"),
    ],
)
def test_the_discovery_range_is_this_host_unless_the_environment_says_otherwise(
    monkeypatch: pytest.MonkeyPatch, given: str | None, this_host_only: bool, expected: str
) -> None:
    monkeypatch.setenv(DISCOVERY_RANGE, given or "")
    if given is None:
        monkeypatch.delenv(DISCOVERY_RANGE)
    seen = []
    init = rclpy.init

    def noted(**arguments: object) -> None:
        seen.append(os.environ[DISCOVERY_RANGE])
        init(**arguments)

    monkeypatch.setattr(rclpy, "init", noted)
    with ros_context(domain_id=77, this_host_only=this_host_only):
        assert os.environ.get(DISCOVERY_RANGE) == given
    assert seen == [expected]


def test_wrong_ros_arguments_are_one_sentence() -> None:
    with (
        pytest.raises(UserError, match=r"^ROS could not start: "),
        ros_context(["", "--ros-args", "-p", "no value"], domain_id=77),
    ):
        pass
