import math
import signal

import numpy as np
import pytest
from cv_bridge import CvBridge
from diagnostic_msgs.msg import DiagnosticArray
from geometry_msgs.msg import PointStamped, PoseStamped
from rosgraph_msgs.msg import Clock
from sensor_msgs.msg import CameraInfo, Image, JointState
from std_msgs.msg import String

from arm_sim.robot.loader import load_robot
from arm_sim.ros.joint_messages import JointWriter, stamp_ns
from arm_sim.ros.subscriptions import LATCHED
from graph import Graph, Listener
from processes import Start

PERIOD_NS = 50_000_000


@pytest.fixture
def command() -> JointState:
    """A good command: every arm and gripper joint at home, answering stamp 0."""
    robot = load_robot()
    writer = JointWriter(robot.command_joints, 1)
    return writer.write(0, robot.home[robot.command_indices][None])


@pytest.fixture
def states(start: Start, graph: Graph) -> Listener:
    """The states of a lockstep simulator, which has told its first."""
    start("sim_node", mode="lockstep", cameras="none")
    listener = graph.reader(JointState, "joint_states")
    greet(graph, listener)
    return listener


def greet(graph: Graph, states: Listener) -> None:
    """Asks for the state until one arrives, as clients do, then waits for silence."""
    for _ in range(50):
        graph.publish("joint_reset", JointState())
        if states.next_or_none(0.2) is not None:
            break
    while (state := states.next_or_none(0.3)) is not None:
        assert stamp_ns(state) == 0


def spoil(message: JointState, how: str) -> JointState:
    names, positions = list(message.name), list(message.position)
    if how == "an unknown joint":
        names[2] = "elbow"
    elif how == "a missing joint":
        names, positions = names[1:], positions[1:]
    elif how == "a repeated joint":
        names[1] = names[0]
    elif how == "too few positions":
        positions = positions[:-1]
    elif how == "too many velocities":
        message.velocity = [0.0] * (len(names) + 1)
    elif how == "NaN":
        positions[3] = math.nan
    elif how == "infinity":
        positions[3] = math.inf
    message.name, message.position = names, positions
    return message


BAD = (
    "an unknown joint",
    "a missing joint",
    "a repeated joint",
    "too few positions",
    "too many velocities",
    "NaN",
    "infinity",
)


@pytest.mark.parametrize("how", BAD)
def test_a_bad_command_moves_nothing_in_lockstep(
    graph: Graph, states: Listener, command: JointState, how: str
) -> None:
    good = (list(command.name), list(command.position))
    graph.publish("joint_command", spoil(command, how))
    assert states.next_or_none(0.4) is None
    command.name, command.position = good
    command.velocity = []
    graph.publish("joint_command", command)
    assert stamp_ns(states.next()) == PERIOD_NS


def test_a_bad_command_in_real_time_leaves_the_last_good_one(
    start: Start, graph: Graph, command: JointState
) -> None:
    simulator = start("sim_node", cameras="none", command_timeout=100.0)
    listener = graph.reader(JointState, "joint_states")
    command.position[0] = 0.5
    graph.publish("joint_command", command)
    listener.next(accept=lambda state: abs(state.velocity[0]) > 0.05)
    graph.publish("joint_command", spoil(command, "NaN"))
    listener.next(accept=lambda state: abs(state.position[0] - 0.5) < 0.01)
    simulator.wait_for("Refused a message on joint_command: it is not finite for elbow_flex_joint")
    assert "valid: shoulder_pan_joint, shoulder_lift_joint" in simulator.output


def test_only_the_last_stamp_or_a_resend_is_answered(
    graph: Graph, states: Listener, command: JointState, start: Start
) -> None:
    graph.publish("joint_command", command)
    first = states.next()
    assert stamp_ns(first) == PERIOD_NS
    graph.publish("joint_command", command)  # Again: the same state, and nothing moved.
    again = states.next()
    assert stamp_ns(again) == PERIOD_NS
    assert again.position == first.position
    command.header.stamp.sec = 7
    graph.publish("joint_command", command)
    assert states.next_or_none(0.4) is None


def test_a_reset_moves_what_it_names_and_nothing_else(graph: Graph, states: Listener) -> None:
    robot = load_robot()
    reset = JointState(name=["target_x", "elbow_flex_joint"], position=[0.7, 1.2])
    graph.publish("joint_reset", reset)
    state = states.next(accept=lambda message: stamp_ns(message) == PERIOD_NS)
    expected = robot.home.copy()
    expected[robot.joint_names.index("target_x")] = 0.7
    expected[robot.joint_names.index("elbow_flex_joint")] = 1.2
    assert np.array_equal(state.position, expected)
    assert list(state.name) == list(robot.joint_names)


def test_images_clock_and_states_share_their_stamps(
    start: Start, graph: Graph, command: JointState
) -> None:
    start("sim_node", mode="lockstep", image_width=64, image_height=48, num_arms=1)
    cameras = [f"{name}_camera" for name in ("front", "side", "top")]
    images = [graph.reader(Image, f"{name}/image_raw") for name in cameras]
    infos = [graph.reader(CameraInfo, f"{name}/camera_info") for name in cameras]
    clock = graph.reader(Clock, "clock")
    states = graph.reader(JointState, "joint_states")
    greet(graph, states)
    graph.publish("joint_command", command)
    stamp = states.next(accept=lambda state: stamp_ns(state) == PERIOD_NS).header.stamp
    assert clock.next(accept=lambda message: message.clock == stamp)
    for name, listener, info in zip(cameras, images, infos, strict=True):
        image = listener.next(accept=lambda message: message.header.stamp == stamp)
        assert (image.width, image.height, image.encoding) == (64, 48, "rgb8")
        assert image.header.frame_id == f"{name}_optical_frame"
        pixels = CvBridge().imgmsg_to_cv2(image, "rgb8")
        assert pixels.std() > 20  # Something is to be seen.
        told = info.next(accept=lambda message: message.header.stamp == stamp)
        assert (told.width, told.height, told.k[2], told.k[5]) == (64, 48, 32.0, 24.0)


def test_many_arms_share_one_message_and_one_image(start: Start, graph: Graph) -> None:
    start("sim_node", num_arms=3, image_width=32, image_height=32, cameras="top_camera")
    states = graph.reader(JointState, "joint_states")
    images = graph.reader(Image, "top_camera/image_raw")
    state, image = states.next(), images.next()
    names = load_robot().joint_names
    assert list(state.name) == [f"arm_{arm}/{name}" for arm in range(3) for name in names]
    assert (image.width, image.height) == (32, 96)


def test_the_target_follows_target_pose_in_real_time(start: Start, graph: Graph) -> None:
    simulator = start("sim_node", cameras="none")
    states = graph.reader(JointState, "joint_states")
    pose = PoseStamped()
    pose.header.frame_id = "base_link"
    pose.pose.position.x, pose.pose.position.y, pose.pose.position.z = 0.7, -0.1, 0.9
    graph.publish("target_pose", pose)
    states.next(accept=lambda state: np.allclose(state.position[-3:], [0.7, -0.1, 0.9]))
    pose.header.frame_id = "elsewhere"
    graph.publish("target_pose", pose)
    simulator.wait_for("Refused a target_pose in frame 'elsewhere' (valid: world, base_link)")


def test_the_target_follows_rvizs_point_tool_in_real_time(start: Start, graph: Graph) -> None:
    simulator = start("sim_node", cameras="none")
    states = graph.reader(JointState, "joint_states")
    point = PointStamped()
    point.header.frame_id = "world"
    point.point.x, point.point.y, point.point.z = 0.7, -0.1, 0.9
    graph.publish("clicked_point", point)
    states.next(accept=lambda state: np.allclose(state.position[-3:], [0.7, -0.1, 0.9]))
    point.point.x = math.nan
    graph.publish("clicked_point", point)
    simulator.wait_for("Refused a clicked_point whose position is not finite")
    assert np.allclose(states.next().position[-3:], [0.7, -0.1, 0.9])


def test_in_lockstep_only_joint_reset_moves_the_target(graph: Graph, states: Listener) -> None:
    graph.publish("clicked_point", PointStamped())
    graph.publish("joint_reset", JointState(name=["target_x"], position=[0.6]))
    state = states.next(accept=lambda message: stamp_ns(message) == PERIOD_NS)
    assert list(state.position[-3:]) == [0.6, *load_robot().home[-2:]]


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
    target = PoseStamped()
    target.header.frame_id = "base_link"
    target.pose.position.x, target.pose.position.z = 0.7, 0.9
    graph.publish("target_pose", target)
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


@pytest.mark.parametrize("mode", ["lockstep", "realtime"])
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_ends_with_zero_on_a_signal(start: Start, mode: str, number: int) -> None:
    simulator = start("sim_node", mode=mode)
    simulator.wait_for("drawn by")
    assert simulator.end(number) == 0
    assert "Traceback" not in simulator.output


@pytest.mark.parametrize(
    ("parameters", "sentence"),
    [
        ({"mode": "fast"}, "'mode' is 'fast': Input should be 'realtime' or 'lockstep'"),
        ({"num_arms": 0}, "num_arms"),
        ({"num_arms": "many"}, "'num_arms' must be a"),
        ({"num_arm": 2}, "Unknown parameter num_arm (valid: model, mode, num_arms"),
        ({"model": "panda"}, "no built-in robot 'panda' (valid: fetch_arm"),
        ({"model": "/nowhere/arm.xml"}, "There is no model file /nowhere/arm.xml"),
        ({"cameras": "back_camera"}, "Unknown cameras back_camera (valid: all, none, front_camera"),
        ({"image_quality": "best"}, "'fast' or 'high'"),
        ({"mode": "lockstep", "command_jitter": 0.1}, "command_jitter must be 0 in lockstep"),
        ({"observation_delay": 1.5}, "observation_delay"),
        ({"appearance_noise": -1.0}, "appearance_noise"),
        ({"control_rate": 30.3}, "must be a multiple of the model's timestep"),
    ],
)
def test_a_wrong_parameter_is_one_sentence(
    start: Start, parameters: dict[str, object], sentence: str
) -> None:
    simulator = start("sim_node", **parameters)
    assert simulator.wait(20) == 2
    (line,) = [line for line in simulator.output.splitlines() if not line.startswith("[INFO]")]
    assert line.startswith("sim_node: ")
    assert sentence in line
