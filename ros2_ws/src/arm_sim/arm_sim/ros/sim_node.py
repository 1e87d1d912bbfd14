"""The simulator as a ROS 2 node: builds its parts from the parameters and runs one of two loops.

`lockstep.py` and `realtime.py` hold the loops, `state_publisher.py` what is published. docs/wire.md
describes topics and protocol.
"""

import threading

from rclpy.node import Node
from std_msgs.msg import String

from arm_sim.common.cpu_affinity import pin_to_main_core
from arm_sim.rendering.camera_worker_pool import CameraWorkerPool
from arm_sim.rendering.software_rendering import render_small_images_on_calling_thread
from arm_sim.rendering.web_viewer import WebViewer
from arm_sim.robot.urdf import urdf
from arm_sim.ros.camera_publisher import CameraPublisher
from arm_sim.ros.diagnostics import Diagnostics
from arm_sim.ros.lockstep import LockstepLoop
from arm_sim.ros.node_runtime import run_node
from arm_sim.ros.realtime import RealtimeLoop
from arm_sim.ros.sim_parameters import declare_sim_parameters
from arm_sim.ros.state_publisher import StatePublisher
from arm_sim.ros.subscriptions import LATCHED
from arm_sim.scene.loader import load_robot
from arm_sim.simulation.sim_config import SimConfig
from arm_sim.simulation.simulation import Simulation


class SimNode:
    """One simulation on a ROS node; `run` is its loop."""

    def __init__(self, node: Node) -> None:
        """Declares the parameters, builds the simulation and its topics.

        Raises:
            UserError: If a parameter is wrong.
        """
        self._logger = node.get_logger()
        self._config = config = declare_sim_parameters(node)
        self._robot = robot = load_robot(config.model, config.scene, config.scene_changes)
        cameras = config.camera_names(robot)
        simulation = Simulation(robot, config.num_arms, config.control_period, config.threads)
        self._description = node.create_publisher(String, "robot_description", LATCHED)
        self._description.publish(String(data=urdf(robot)))

        def make_rig() -> CameraWorkerPool:
            return CameraWorkerPool(
                robot,
                cameras,
                config.image.width,
                config.image.height,
                config.image.quality,
                config.appearance,
                num_arms=config.num_arms,
                cores=config.threads,
            )

        images = CameraPublisher(node, cameras, make_rig, threaded=config.mode == "realtime")
        self._outputs = StatePublisher(node, config, simulation, images)
        diagnostics = Diagnostics(node, config, simulation, self._outputs)
        self._loop: LockstepLoop | RealtimeLoop
        if config.mode == "lockstep":
            self._loop = LockstepLoop(node, simulation, self._outputs, diagnostics)
        else:
            self._loop = RealtimeLoop(node, config, simulation, self._outputs, diagnostics)
        if config.web_port:
            self._outputs.view = WebViewer(robot, config.web_port)

    def run(self, stop: threading.Event) -> None:
        """Serves until `stop` is set."""
        config = self._config
        self._logger.info(
            f"{self._robot.name}: {config.num_arms} arm(s) in {config.mode} mode, "
            f"joints {', '.join(self._robot.joint_names)}"
        )
        if self._outputs.view is not None:
            self._logger.info(f"In a browser on this machine: {self._outputs.view.address}")
        render_small_images_on_calling_thread(config.image.width, config.image.height)
        try:
            with self._outputs.images:
                # After the rendering processes have started, which may use every core.
                if config.mode == "lockstep" and not config.threads:
                    pin_to_main_core()
                self._loop.run(stop)
        finally:
            self._outputs.close_view()


def main() -> None:
    """Entry point of `ros2 run arm_sim sim_node`."""
    run_node("sim_node", SimConfig, lambda context: Node("arm_sim", context=context), SimNode)


if __name__ == "__main__":
    main()
