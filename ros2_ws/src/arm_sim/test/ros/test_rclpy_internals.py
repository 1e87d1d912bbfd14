"""An rclpy without what is used of its private interface is named in one sentence."""

from types import SimpleNamespace

import pytest

from arm_sim.common.errors import UserError
from arm_sim.ros import rclpy_internals
from arm_sim.ros.rclpy_internals import check_rclpy, parameter_overrides, replace_change_state


def test_the_installed_rclpy_has_everything() -> None:
    check_rclpy()


@pytest.mark.parametrize(
    ("module", "missing"),
    [
        (None, "rclpy_implementation.Subscription"),
        (SimpleNamespace(Subscription=object), "Subscription.take_message"),
    ],
)
def test_another_rclpy_is_one_sentence(
    monkeypatch: pytest.MonkeyPatch, module: object, missing: str
) -> None:
    monkeypatch.setattr(rclpy_internals, "_rclpy", module)
    with pytest.raises(UserError) as caught:
        check_rclpy()
    assert f" has no {missing}, which this program needs (valid: rclpy 7.1 " in str(caught.value)
    assert str(caught.value).startswith("The installed rclpy 7.")


def test_so_is_a_node_without_what_is_used_of_it() -> None:
    with pytest.raises(UserError, match=r"has no Node\._parameter_overrides"):
        parameter_overrides(object())
    with pytest.raises(UserError, match=r"has no LifecycleNode\._service_change_state"):
        replace_change_state(object(), lambda request, response: response)


def test_a_replaced_transition_service_calls_the_replacement() -> None:
    node = SimpleNamespace(_service_change_state=SimpleNamespace(callback=lambda q, r: "before"))
    previous = replace_change_state(node, lambda request, response: "after")
    assert previous(None, None) == "before"
    assert node._service_change_state.callback(None, None) == "after"
