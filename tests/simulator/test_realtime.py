"""The messages of real time, of one arm and of several; each test has its own simulator."""

import math

import pytest
from diagnostic_msgs.msg import DiagnosticArray
from geometry_msgs.msg import PointStamped
from sensor_msgs.msg import Image, JointState, MultiDOFJointState
from std_msgs.msg import String

from arm_sim.ros.subscriptions import LATCHED
from support.built_in_arm import ROBOT
from support.graph import Graph
from support.lockstep import home_command
from support.messages import place_of, pose
from support.processes import Start


@pytest.fixture
def command() -> JointState:
    """A command of every arm and gripper joint to its home position."""
    return home_command(JointState())


def test_a_bad_command_in_real_time_leaves_the_last_good_one(
    start: Start, graph: Graph, command: JointState
) -> None:
    simulator = start("sim_node", cameras="none", command_timeout=100.0)
    listener = graph.reader(JointState, "joint_states")
    command.position[0] = 0.5
    graph.publish("joint_command", command)
    listener.next(accept=lambda state: abs(state.velocity[0]) > 0.05)
    command.position[3] = math.nan
    graph.publish("joint_command", command)
    listener.next(accept=lambda state: abs(state.position[0] - 0.5) < 0.01)
    simulator.wait_for("Refused a message on joint_command: it is not finite for elbow_flex_joint")
    assert "valid: shoulder_pan_joint, shoulder_lift_joint" in simulator.output


def test_many_arms_share_one_message_and_one_image(start: Start, graph: Graph) -> None:
    start("sim_node", num_arms=3, image_width=32, image_height=32, cameras="top_camera")
    states = graph.reader(JointState, "joint_states")
    images = graph.reader(Image, "top_camera/image_raw")
    state, image = states.next(), images.next()
    names = ROBOT.joint_names
    assert list(state.name) == [f"arm_{arm}/{name}" for arm in range(3) for name in names]
    assert (image.width, image.height) == (32, 96)


def test_the_target_follows_target_pose_in_real_time(start: Start, graph: Graph) -> None:
    simulator = start("sim_node", cameras="none")
    objects = graph.reader(MultiDOFJointState, "object_states")
    graph.publish("target_pose", pose((0.7, -0.1, 0.9)))
    objects.next(accept=lambda message: place_of(message) == [0.7, -0.1, 0.9])
    graph.publish("target_pose", pose((0.7, -0.1, 0.9), frame="elsewhere"))
    simulator.wait_for("Refused a target_pose in frame 'elsewhere' (valid: world, base_link)")


def test_the_target_follows_rvizs_point_tool_in_real_time(start: Start, graph: Graph) -> None:
    simulator = start("sim_node", cameras="none")
    objects = graph.reader(MultiDOFJointState, "object_states")
    point = PointStamped()
    point.header.frame_id = "world"
    point.point.x, point.point.y, point.point.z = 0.7, -0.1, 0.9
    graph.publish("clicked_point", point)
    objects.next(accept=lambda message: place_of(message) == [0.7, -0.1, 0.9])
    point.point.x = math.nan
    graph.publish("clicked_point", point)
    simulator.wait_for("Refused a clicked_point whose position is not finite")
    assert place_of(objects.next()) == [0.7, -0.1, 0.9]


def test_an_arm_without_commands_holds_still(
    start: Start, graph: Graph, command: JointState
) -> None:
    start("sim_node", cameras="none", command_timeout=0.2)
    states = graph.reader(JointState, "joint_states")
    states.next()
    command.position[0] = 1.5  # Far away: about a second's way.
    graph.publish("joint_command", command)
    states.next(accept=lambda state: abs(state.velocity[0]) > 0.1)
    states.next(accept=lambda state: abs(state.velocity[0]) < 1e-3)
    assert states.next().position[0] < 1.4


def test_in_real_time_a_new_target_brings_a_new_appearance(start: Start, graph: Graph) -> None:
    start("sim_node", cameras="top_camera", appearance_colour=0.3, camera_rate=50.0)
    images = graph.reader(Image, "top_camera/image_raw")

    def floor(image: Image) -> tuple[int, ...]:
        return tuple(image.data[:3])

    before = floor(images.next())
    assert floor(images.next()) == before
    graph.publish("target_pose", pose((0.7, 0.0, 0.9)))
    images.next(accept=lambda image: floor(image) != before)


def test_description_and_diagnostics_are_published(start: Start, graph: Graph) -> None:
    start("sim_node")
    description = graph.reader(String, "robot_description", LATCHED).next()
    assert description.data.startswith("<?xml") or description.data.startswith("<robot")
    diagnostics = graph.reader(DiagnosticArray, "diagnostics")
    array = diagnostics.next(
        accept=lambda message: any(
            pair.key == "GL renderer" and pair.value != "none" for pair in message.status[0].values
        )
    )
    assert array.status[0].hardware_id == "fetch_arm"
