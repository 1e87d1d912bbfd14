"""Markers, RViz's configuration and its tools, against real nodes. RViz itself is not needed."""

import subprocess
import time
from typing import Any

import pytest
import yaml
from geometry_msgs.msg import PoseStamped
from sensor_msgs.msg import JointState, MultiDOFJointState
from visualization_msgs.msg import Marker, MarkerArray

from arm_sim.common.config import build
from arm_sim.robot.urdf import urdf
from arm_sim.ros.joint_messages import stamp_ns
from arm_sim.ros.marker_node import MarkerParameters
from arm_sim.scene.loader import load_robot
from arm_trainer.tasks.reach import ReachConfig
from support.graph import Graph, wait_until
from support.messages import place_of, placed
from support.processes import ROOT, Start, executable

CONFIG = ROOT / "ros2_ws/install/arm_sim/share/arm_sim/rviz/arm.rviz"
# What each class of RViz's own plugins says or hears, and which of its keys name the topic.
MESSAGES = {
    "rviz_default_plugins/RobotModel": ("Description Topic", "std_msgs/msg/String"),
    "rviz_default_plugins/MarkerArray": ("Topic", "visualization_msgs/msg/MarkerArray"),
    "rviz_default_plugins/Image": ("Topic", "sensor_msgs/msg/Image"),
    "rviz_default_plugins/SetGoal": ("Topic", "geometry_msgs/msg/PoseStamped"),
    "rviz_default_plugins/PublishPoint": ("Topic", "geometry_msgs/msg/PointStamped"),
}
WITHOUT_TOPIC = {
    f"rviz_default_plugins/{name}"
    for name in ("Grid", "TF", "Interact", "MoveCamera", "Select", "FocusCamera", "Measure")
}


def target(message: MarkerArray) -> Marker:
    (marker,) = [marker for marker in message.markers if marker.ns == "target"]
    return marker


def place(marker: Marker) -> list[float]:
    position = marker.pose.position
    return [position.x, position.y, position.z]


def test_every_topic_in_rvizs_configuration_is_one_of_ours(start: Start, graph: Graph) -> None:
    text = CONFIG.read_text()
    assert "<<" not in text and "&" not in text  # RViz's YAML reader knows no merge keys.
    manager = yaml.safe_load(text)["Visualization Manager"]
    wanted: dict[str, str] = {}
    for entry in [*manager["Displays"], *manager["Tools"]]:
        kind = entry["Class"]
        if kind in WITHOUT_TOPIC:
            continue
        key, message_type = MESSAGES[kind]
        wanted[entry[key]["Value"]] = message_type
        assert set(entry[key]) >= {"Depth", "Durability Policy", "Reliability Policy"}
    assert len(wanted) == 7
    assert manager["Global Options"]["Fixed Frame"] == load_robot().base_frame

    start("sim_node")
    start("marker_node")
    ours = {f"/{topic}": [message_type] for topic, message_type in wanted.items()}

    def offered() -> dict[str, Any]:
        return dict(graph.node.get_topic_names_and_types())

    wait_until(lambda: ours.items() <= offered().items(), timeout=20)
    # What RViz hears is said by exactly one node, and what it says is heard.
    for display in manager["Displays"]:
        if display["Class"] in MESSAGES:
            topic = display[MESSAGES[display["Class"]][0]]["Value"]
            wait_until(lambda topic=topic: graph.node.count_publishers(topic) == 1)
    for tool in manager["Tools"]:
        if tool["Class"] in MESSAGES:
            topic = tool["Topic"]["Value"]
            wait_until(lambda topic=topic: graph.node.count_subscribers(topic) >= 1)


def test_markers_follow_the_states(start: Start, graph: Graph) -> None:
    start("sim_node", cameras="none", num_arms=2)
    start("marker_node", rate=30.0)
    states = graph.reader(JointState, "joint_states")
    markers = graph.reader(MarkerArray, "markers")
    home = load_robot().goal_home.tolist()
    assert place(target(markers.next(timeout=20))) == home
    # Of several arms the first is shown.
    goals = {"arm_1/target": (0.9, 0.0, 0.9), "arm_0/target": (0.6, 0.0, 0.9)}
    graph.publish("object_reset", placed(goals))
    seen = markers.next(accept=lambda message: place(target(message)) != home)
    assert place(target(seen)) == [0.6, 0.0, 0.9]
    assert stamp_ns(seen.markers[0]) <= stamp_ns(states.next())


def test_the_target_of_a_robot_that_names_none_is_where_it_was_asked_for(
    start: Start, graph: Graph
) -> None:
    start("marker_node", rate=30.0)
    robot = load_robot()
    names = [robot.joint_names[i] for i in robot.arm]
    state = JointState(name=[*names, "bellows_joint"], position=[*robot.home[robot.arm], 0.1])
    graph.publish("joint_states", state)
    markers = graph.reader(MarkerArray, "markers")
    markers.next()
    pose = PoseStamped()
    pose.header.frame_id = "base_link"
    pose.pose.position.x, pose.pose.position.y, pose.pose.position.z = 0.7, 0.1, 0.9
    graph.publish("target_pose", pose)
    markers.next(accept=lambda message: place(target(message)) == [0.7, 0.1, 0.9])


def test_a_bad_state_is_ignored_with_a_warning(start: Start, graph: Graph) -> None:
    node = start("marker_node", rate=30.0)
    graph.publish("joint_states", JointState(name=["elbow_flex_joint"], position=[1.0]))
    graph.publish("object_states", placed({"target": (0.5, 0.0, 0.9)}))
    markers = graph.reader(MarkerArray, "markers")
    shown = markers.next(accept=lambda message: place(target(message))[0] == 0.5)
    bad = JointState(name=["shoulder_pan_joint", "elbow_flex_joint"], position=[0.8, float("nan")])
    graph.publish("joint_states", bad)
    node.wait_for("Ignored joint_states: they need one finite position for each name")
    time.sleep(1.1)  # No more than a warning a second.
    graph.publish("object_states", placed({"target": (0.8, float("nan"), 0.9)}))
    node.wait_for("Refused a message on object_states: it is not finite for target")
    markers.drain()
    after = markers.next()
    assert place(target(after)) == place(target(shown))
    assert [place(marker) for marker in after.markers] == [place(m) for m in shown.markers]


def test_a_2d_goal_moves_the_target_and_keeps_its_height(start: Start, graph: Graph) -> None:
    start("sim_node", cameras="none")
    node = start("marker_node")
    objects = graph.reader(MultiDOFJointState, "object_states")
    markers = graph.reader(MarkerArray, "markers")
    markers.next(timeout=20)
    height = place_of(objects.next())[2]
    goal = PoseStamped()
    goal.header.frame_id = "base_link"
    goal.pose.position.x, goal.pose.position.y = 0.6, -0.2
    graph.publish("goal_pose", goal)
    objects.next(accept=lambda message: place_of(message) == [0.6, -0.2, height])
    goal.header.frame_id = "map"
    graph.publish("goal_pose", goal)
    node.wait_for("Refused a goal_pose in frame 'map' (valid: world, base_link)")


def test_reached_means_what_the_task_means() -> None:
    markers = build(MarkerParameters, {}, "defaults")
    assert markers.tolerance == ReachConfig().tolerance


def test_print_urdf_prints_what_the_simulator_publishes() -> None:
    done = subprocess.run(
        [executable("print_urdf"), "fetch_arm"], capture_output=True, text=True, timeout=30
    )
    assert (done.returncode, done.stdout.rstrip("\n")) == (0, urdf(load_robot()))


@pytest.mark.parametrize("name", ["print_urdf", "marker_node"])
def test_a_wrong_model_is_one_sentence(name: str) -> None:
    given = ["panda"] if name == "print_urdf" else ["--ros-args", "-p", "model:=panda"]
    done = subprocess.run([executable(name), *given], capture_output=True, text=True, timeout=30)
    assert done.returncode == 2
    (line,) = done.stderr.splitlines()
    assert line.startswith(f"{name}: There is no built-in robot 'panda' (valid: fetch_arm")


def test_the_marker_node_ends_with_zero_on_a_signal(start: Start, graph: Graph) -> None:
    node = start("marker_node")
    graph.publish("joint_states", JointState(name=["elbow_flex_joint"], position=[0.5]))
    graph.reader(MarkerArray, "markers").next()
    assert node.end() == 0
    assert "Traceback" not in node.output
