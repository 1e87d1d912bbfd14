"""`--help` says what a node can be told, with defaults."""

import pytest

from support.processes import Start


@pytest.mark.parametrize(
    ("node", "option", "parameter", "meaning"),
    [
        ("sim_node", "--help", "num_arms (default: 1)", "Number of arms; above 1"),
        ("marker_node", "-h", "model (default: 'fetch_arm')", ""),
        ("controller_node", "--help", "policy (default: '')", ""),
    ],
)
def test_a_node_explains_its_parameters(
    start: Start, node: str, option: str, parameter: str, meaning: str
) -> None:
    process = start(node, option)
    assert process.wait(30) == 0
    assert process.output.startswith(f"usage: {node} --ros-args -p NAME:=VALUE")
    assert f"  {parameter}\n" in process.output
    assert meaning in process.output
