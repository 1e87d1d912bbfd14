"""The node `marker_node`: publishes markers for RViz, and gives RViz's 2-D goals a height.

It is a process of its own, so that it costs the simulator no time. `markers.py` makes the markers.
"""

import threading

import numpy as np
import pydantic
from geometry_msgs.msg import PoseStamped
from rclpy.node import Node
from sensor_msgs.msg import JointState, MultiDOFJointState
from visualization_msgs.msg import MarkerArray

from arm_sim.common.config import settings
from arm_sim.robot.urdf import urdf
from arm_sim.ros.joint_messages import RejectedMessage, count_arms, read_target, stamp_ns
from arm_sim.ros.markers import SceneMarkers
from arm_sim.ros.node_parameters import declare_parameters
from arm_sim.ros.node_runtime import run_node
from arm_sim.ros.object_messages import ObjectReader
from arm_sim.ros.subscriptions import NEWEST, RELIABLE, TopicReader, target_readers
from arm_sim.scene.loader import load_robot

_THROTTLE = 1.0
# Of several arms the first is shown: each is in a world of its own, at the same place.
_FIRST_ARM = "arm_0/"


@settings
class MarkerParameters:
    """The node's parameters."""

    model: str = pydantic.Field(
        "fetch_arm", description="Built-in robot's name, or path to an MJCF or URDF file"
    )
    scene: str = pydantic.Field(
        "", description="Path to a scene YAML; by default the file of the model's name beside it"
    )
    scene_changes: str = pydantic.Field(
        "", description="What a task changes in the scene, as for the simulator"
    )
    rate: float = pydantic.Field(15.0, ge=0.1, le=100.0, description="Markers per second, Hz")
    tolerance: float = pydantic.Field(
        0.02, gt=0.0, description="The target turns green when the tool is nearer than this, m"
    )


class MarkerNode:
    """Publishes the markers; `run` is its loop."""

    def __init__(self, node: Node) -> None:
        """Declares the parameters and joins the graph.

        Raises:
            UserError: If a parameter is wrong.
        """
        self._logger = node.get_logger()
        parameters = declare_parameters(node, MarkerParameters)
        self._period = 1.0 / parameters.rate
        self._robot = robot = load_robot(
            parameters.model, parameters.scene, parameters.scene_changes
        )
        self._markers = SceneMarkers(robot, urdf(robot), parameters.tolerance)
        self._index = {name: i for i, name in enumerate(robot.joint_names)}
        self._positions, self._goal = robot.home.copy(), robot.goal_home
        self._object_poses = robot.object_home.copy()
        self._time_ns: int | None = None
        self._publisher = node.create_publisher(MarkerArray, "markers", RELIABLE)
        self._targets = node.create_publisher(PoseStamped, "target_pose", RELIABLE)
        self._states = TopicReader(node, JointState, "joint_states", NEWEST)
        self._objects = TopicReader(node, MultiDOFJointState, "object_states", NEWEST)
        self._object_readers: dict[int, ObjectReader] = {}
        self._target_readers = target_readers(node)
        self._goals = TopicReader(node, PoseStamped, "goal_pose")

    def run(self, stop: threading.Event) -> None:
        """Serves until `stop` is set."""
        while not stop.wait(self._period):
            try:
                for reader in self._target_readers:
                    if (message := reader.take()) is not None:
                        self._goal = read_target(message, self._robot.base_frame)
                if (objects := self._objects.take()) is not None:
                    self._read_objects(objects)
                if (state := self._states.take()) is not None:
                    self._read(state)
                if (goal := self._goals.take()) is not None:
                    self._send_target(goal)
            except RejectedMessage as error:
                self._logger.warning(str(error), throttle_duration_sec=_THROTTLE)
            if self._time_ns is not None:
                markers = self._markers.update(
                    self._time_ns, self._positions, self._goal, self._object_poses
                )
                self._publisher.publish(markers)

    def _read(self, state: JointState) -> None:
        """Reads the positions of the model's joints; a driver may name others, or not all."""
        if len(state.position) != len(state.name) or not np.isfinite(state.position).all():
            raise RejectedMessage(
                "Ignored joint_states: they need one finite position for each name."
            )
        for name, position in zip(state.name, state.position, strict=True):
            if (i := self._index.get(name.removeprefix(_FIRST_ARM))) is not None:
                self._positions[i] = position
        self._time_ns = stamp_ns(state)

    def _read_objects(self, message: MultiDOFJointState) -> None:
        """Reads the first arm's objects and goal."""
        arms = count_arms(message.joint_names)
        if arms not in self._object_readers:
            self._object_readers = {arms: ObjectReader("object_states", self._robot.objects, arms)}
        read = self._object_readers[arms].read_known(message)
        named = read.objects[0]
        self._object_poses[named] = read.poses[0, named]
        if read.goals_named[0]:
            self._goal = read.goals[0]

    def _send_target(self, goal: PoseStamped) -> None:
        """Publishes a 2-D goal as target, with the height of the last one."""
        goal.pose.position.z = float(self._goal[2])
        read_target(goal, self._robot.base_frame, "goal_pose")
        self._targets.publish(goal)


def main() -> None:
    """Entry point of `ros2 run arm_sim marker_node`."""
    run_node(
        "marker_node",
        MarkerParameters,
        lambda context: Node("arm_markers", context=context),
        MarkerNode,
    )


if __name__ == "__main__":
    main()
