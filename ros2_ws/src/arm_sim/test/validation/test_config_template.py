"""Where the robot YAML is missing or wrong, one is proposed that works."""

from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from arm_sim.robot.files import model_file
from arm_sim.robot.loader import load_robot
from arm_sim.validation.report import Report, check_robot


@pytest.mark.parametrize("model", ["fetch_arm", "six_axis_arm", "seven_axis_arm"])
def test_without_a_yaml_one_is_proposed_that_works(tmp_path: Path, model: str) -> None:
    (tmp_path / "my_arm.xml").write_bytes(model_file(model).read_bytes())
    report = check_robot(str(tmp_path / "my_arm.xml"))
    assert [f.text for f in report.findings if f.level == "error"] == [
        f"Can't read {tmp_path / 'my_arm.yaml'}: No such file or directory. "
        "The other checks use guessed settings."
    ]
    (tmp_path / "my_arm.yaml").write_text(report.template, encoding="utf-8")
    guessed, known = load_robot(str(tmp_path / "my_arm.xml")), load_robot(model)
    assert guessed.command_joints == known.command_joints
    assert list(guessed.target) == list(known.target)
    assert guessed.tool_frame == known.tool_frame
    assert guessed.base_frame == known.base_frame
    assert guessed.cameras == known.cameras


def test_a_yaml_with_a_gap_is_filled_and_otherwise_kept(check: Callable[..., Report]) -> None:
    home = "[0.0, -1.3, 1.7, -1.9, 1.57, 0.0]"
    report = check(yaml={"tool_frame: probe_tip": "", home: home.replace("-1.3", "-1.2")})
    errors = [finding.text for finding in report.findings if finding.level == "error"]
    assert any("key 'tool_frame' is missing" in text for text in errors)
    proposed = yaml.safe_load(report.template)
    assert proposed["tool_frame"] == "probe_tip"
    assert proposed["home"] == [0.0, -1.2, 1.7, -1.9, 1.57, 0.0]
    assert proposed["workspace"]["upper"] == [0.8, 0.4, 1.0]
