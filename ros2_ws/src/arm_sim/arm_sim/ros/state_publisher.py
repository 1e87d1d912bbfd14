"""StatePublisher: everything that the simulator sends out: states, clock, images, browser view."""

from typing import NamedTuple

from rclpy.node import Node
from rosgraph_msgs.msg import Clock
from sensor_msgs.msg import JointState, MultiDOFJointState

from arm_sim.common.arrays import Floats, Ints
from arm_sim.rendering.web_viewer import WebViewer
from arm_sim.ros.camera_publisher import CameraPublisher
from arm_sim.ros.joint_messages import set_stamp
from arm_sim.ros.joint_state_cdr import JointLayout
from arm_sim.ros.object_state_cdr import ObjectStateLayout
from arm_sim.ros.subscriptions import RELIABLE
from arm_sim.simulation.delay_line import DelayLine
from arm_sim.simulation.sim_config import SimConfig
from arm_sim.simulation.simulation import Simulation

# State of every arm (N, D) and reset counts (N,) that the images show.
_Shown = tuple[Floats, Ints]


class _Observation(NamedTuple):
    """What is published of one time; None for what is not."""

    time_ns: int
    shown: _Shown | None
    objects: bytes | None
    joints: bytes


class StatePublisher:
    """Publishes the state of a simulation, in real time with the configured delay.

    Attributes:
        images: Publishes the images; a context that must be open when `publish` is called.
        view: The view in a browser; None for none.
        published: Number of states published.
    """

    def __init__(
        self, node: Node, config: SimConfig, simulation: Simulation, images: CameraPublisher
    ) -> None:
        """Creates the publishers.

        Args:
            node: The node that publishes.
            config: The simulator's settings.
            simulation: The simulation whose state is published.
            images: Publishes the images.
        """
        self.images = images
        self.view: WebViewer | None = None
        self.published = 0
        self._logger = node.get_logger()
        self._simulation = simulation
        self._layout = JointLayout(simulation.robot.joint_names, simulation.num_arms, fields=3)
        self._states = node.create_publisher(JointState, "joint_states", RELIABLE)
        self._object_layout = ObjectStateLayout(simulation.robot.objects, simulation.num_arms)
        self._objects = node.create_publisher(MultiDOFJointState, "object_states", RELIABLE)
        self._clock = node.create_publisher(Clock, "clock", RELIABLE)
        self._delay_line: DelayLine[_Observation] | None = None
        latency = config.observation
        if latency.delay or latency.jitter:
            self._delay_line = DelayLine(latency.delay, latency.jitter, seed=1)

    def publish(self, with_images: bool = True) -> None:
        """Publishes the present state, or those whose delay has passed by now."""
        simulation = self._simulation
        now = simulation.time_ns
        state = self._layout.pack(
            now, simulation.positions, simulation.velocities, simulation.efforts
        )
        if self._clock.get_subscription_count():
            clock = Clock()
            set_stamp(clock.clock, now)
            self._clock.publish(clock)
        observation = _Observation(now, self._shown(with_images), self._object_states(), state)
        if self._delay_line is None:
            self._publish(observation)
            return
        self._delay_line.put(now, observation)
        for due in self._delay_line.take(now):
            self._publish(due)

    def refresh_view(self) -> None:
        """Updates the view in the browser, if there is one."""
        if self.view is None:
            return
        try:
            self.view.show(self._simulation.drawn[0], self._simulation.time_ns / 1e9)
        except Exception as error:  # An error of any kind on the viewer's thread.
            self._logger.error(f"The view in the browser has ended: {error}")
            self.close_view()

    def close_view(self) -> None:
        """Ends the view in the browser, if there is one; the simulator goes on without it."""
        if self.view is not None:
            self.view.close()
            self.view = None

    def _shown(self, with_images: bool) -> _Shown | None:
        if not with_images or not self.images.names:
            return None
        return self._simulation.drawn, self._simulation.reset_counts.copy()

    def _object_states(self) -> bytes | None:
        """The objects' states, serialized; None if nobody listens."""
        simulation = self._simulation
        if not self._objects.get_subscription_count():
            return None
        objects = simulation.objects
        return self._object_layout.pack(
            simulation.time_ns, objects.poses, objects.velocities, simulation.goals
        )

    def _publish(self, observation: _Observation) -> None:
        """Publishes images and objects before the joints' state, which completes them."""
        if observation.shown is not None:
            self.images.publish(observation.time_ns, *observation.shown)
        if observation.objects is not None:
            self._objects.publish(observation.objects)
        self._states.publish(observation.joints)
        self.published += 1
