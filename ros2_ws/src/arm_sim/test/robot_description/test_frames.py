"""The tool's frame is the likeliest of those that an arm has; its base frame is upright."""

import mujoco
import numpy as np
import pytest

from arm_sim.robot_description.arms import Arm, choose_arm
from arm_sim.robot_description.frames import ToolFrame, base_frame, tool_frame
from support.primitive_arms import chain, finger, fingers, jaw, mjcf

TCP = '<site name="left_tcp" pos="0 0 0.14"/>'
FLANGE_SITE = '<site name="attachment_site" pos="0 0 0.06"/>'
TOOL_BODY = '<body name="tool0" pos="0 0 0.1"/>'
PLATE = '<body name="plate" pos="0 0 0.06"><geom size="0.02" mass="0.1"/></body>'
CAMERA = '<body name="wrist_camera" pos="0.05 0 0"><geom size="0.01" mass="0.01"/></body>'


def compiled(world: str, base: str = "") -> mujoco.MjModel:
    return mujoco.MjModel.from_xml_string(mjcf(world, base=base))


def tool_of(end: str) -> ToolFrame:
    model = compiled(chain(end=end))
    return tool_frame(model, choose_arm(model))


@pytest.mark.parametrize(
    ("end", "name"),
    [
        pytest.param(TOOL_BODY + TCP + FLANGE_SITE + fingers(), "left_tcp", id="a site of a tool"),
        pytest.param(TOOL_BODY + FLANGE_SITE + fingers(), "tool0", id="a body of a tool"),
        pytest.param(PLATE + FLANGE_SITE, "attachment_site", id="where tools are bolted to"),
        pytest.param(f"{PLATE}{CAMERA}", "plate", id="the last fixed body that is no camera"),
    ],
)
def test_of_the_frames_in_the_file_the_likeliest_is_the_tools(end: str, name: str) -> None:
    assert tool_of(end) == ToolFrame(name)


def test_frames_elsewhere_are_not_this_arms() -> None:
    model = compiled(TCP + chain("other_", joints=3, end=TCP.replace("left", "other")) + chain())
    assert tool_frame(model, choose_arm(model)).name == "tool"


def place(tool: ToolFrame) -> tuple[str, list[float]]:
    return tool.body, [round(x, 4) for x in tool.position]


def test_without_one_it_is_between_the_fingertips() -> None:
    # The fingers' boxes end at z = 0.09 + 0.06.
    assert tool_of(FLANGE_SITE + fingers()) == ToolFrame("tool", "link_6", (0.0, 0.0, 0.15))


def test_fingers_that_are_not_alike_count_alike() -> None:
    slanted = finger("left_finger", 0.03, "0 1 0") + finger("right_finger", -0.01, "0 -1 0")
    assert place(tool_of(slanted)) == ("link_6", [0.0, 0.01, 0.15])


def test_a_single_jaw_closes_against_the_fixed_part() -> None:
    body, (x, y, z) = place(tool_of(jaw()))
    # The fixed jaw is about y = -0.02, the moving one about y = 0.01; both end at z = 0.16.
    assert (body, x) == ("link_6", 0.0) and -0.02 < y < 0.01 and 0.14 < z < 0.17


def test_without_a_gripper_it_is_the_tip_of_the_last_link() -> None:
    # The capsule ends at z = 0.06 + 0.03.
    assert place(tool_of("")) == ("link_6", [0.0, 0.0, 0.09])


def test_a_link_without_shapes_is_its_own_tool() -> None:
    end = '<inertial pos="0 0 0" mass="1" diaginertia="0.01 0.01 0.01"/>'
    world = '<body name="tip" pos="0 0 0.06"><joint name="last" axis="1 0 0"/>' + end + "</body>"
    model = compiled(chain(end=world))
    assert tool_frame(model, choose_arm(model)) == ToolFrame("tip")


def test_a_new_sites_name_is_not_taken() -> None:
    model = compiled('<site name="tool"/>' + chain())
    assert tool_frame(model, choose_arm(model)).name == "tool_frame"


def base_of(attributes: str, name: str | None = None) -> tuple[str, np.ndarray, mujoco.MjModel]:
    model = compiled(chain(), attributes)
    found, pose = base_frame(model, choose_arm(model), name)
    return found, pose, model


def yawed(x: float, y: float, z: float, yaw: float) -> np.ndarray:
    pose = np.eye(4)
    pose[:2, :2] = [[np.cos(yaw), -np.sin(yaw)], [np.sin(yaw), np.cos(yaw)]]
    pose[:3, 3] = (x, y, z)
    return pose


@pytest.mark.parametrize(
    ("attributes", "expected"),
    [
        pytest.param("", yawed(0, 0, 0, 0), id="at the origin"),
        pytest.param('pos="0.5 -0.2 0.7"', yawed(0.5, -0.2, 0.7, 0), id="shifted"),
        pytest.param('pos="0 1 0" euler="0 0 2.1"', yawed(0, 1, 0, 2.1), id="turned"),
        pytest.param('pos="1 0 1" euler="1.5708 0 0"', yawed(1, 0, 1, 0), id="on a wall"),
        pytest.param('pos="1 0 2" euler="3.14159 0 0"', yawed(1, 0, 2, 0), id="on the ceiling"),
    ],
)
def test_the_base_frame_is_where_the_arm_stands_and_upright(
    attributes: str, expected: np.ndarray
) -> None:
    name, pose, _ = base_of(attributes)
    assert name == "base"
    np.testing.assert_allclose(pose, expected, rtol=0, atol=1e-9)


def test_a_tilted_base_is_turned_as_what_carries_it() -> None:
    tilted = f'<body name="shelf" pos="0 0 1" euler="0.8 0 0.4">{chain()}</body>'
    model = compiled(tilted, 'pos="1 0 0" euler="0 0 0.5"')
    name, pose = base_frame(model, choose_arm(model))
    assert name == "shelf"
    np.testing.assert_allclose(pose, yawed(1, 0, 1, 0.5), rtol=0, atol=1e-9)


def test_a_base_frame_can_be_named() -> None:
    inner = f'<body name="shelf" pos="0 0 1">{chain()}</body>'
    model = compiled(inner, 'pos="1 0 0"')
    arm: Arm = choose_arm(model)
    assert base_frame(model, arm)[0] == "shelf"
    name, pose = base_frame(model, arm, "base")
    assert name == "base"
    np.testing.assert_allclose(pose, yawed(1, 0, 0, 0), atol=1e-12)
    # A name that no body has is what the arm's own base is called.
    name, pose = base_frame(model, arm, "my_base")
    assert name == "my_base"
    np.testing.assert_allclose(pose, yawed(1, 0, 1, 0), atol=1e-12)
    assert base_frame(model, arm, "world")[1].tolist() == np.eye(4).tolist()


def test_a_base_without_a_name_is_base_link() -> None:
    model = mujoco.MjModel.from_xml_string(mjcf(chain()).replace('body name="base"', "body"))
    assert base_frame(model, choose_arm(model))[0] == "base_link"
