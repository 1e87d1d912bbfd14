"""The in-process backend: the simulation in this very process, without ROS.

For comparison, evaluation during training, and quick experiments; `ros/backend.py` gives the same
numbers over topics, bit for bit.
"""

import numpy as np

from arm_sim.common.arrays import Floats, Ints
from arm_sim.rendering.camera_worker_pool import CameraWorkerPool
from arm_sim.robot.appearance_config import Appearance
from arm_sim.robot.robot import Robot
from arm_sim.simulation.simulation import Simulation
from arm_trainer.backends.backend import Backend, BatchState
from arm_trainer.backends.camera_views import Frames, Views
from arm_trainer.backends.registry import BackendRequest
from arm_trainer.tasks.start import Start


class InProcessBackend:
    """N arms in a simulation of this process; see `backend.Backend`."""

    def __init__(
        self,
        robot: Robot,
        num_arms: int,
        control_period: float,
        threads: int = 0,
        views: Views | None = None,
        appearance: Appearance | None = None,
    ) -> None:
        """Starts every arm at home.

        Args:
            robot: The robot.
            num_arms: Number of arms.
            control_period: Seconds by which a command moves time.
            threads: Number of physics threads, and largest number of rendering processes; 0 for
                one on each core.
            views: The cameras whose images every state has, rendered on the thread that
                creates this backend; None for no images.
            appearance: How colours, light and cameras vary in the images; None for not at all.

        Raises:
            UserError: If there is no such camera, or no OpenGL.
        """
        self.robot = robot
        self.num_arms = num_arms
        self.control_period = control_period
        self._simulation = Simulation(robot, num_arms, control_period, threads)
        self._rig: CameraWorkerPool | None = None
        if views is not None:
            size = (views.size, views.size)
            self._rig = CameraWorkerPool(
                robot,
                views.cameras,
                *size,
                "fast",
                appearance,
                num_arms=num_arms,
                cores=threads,
            )

    def reset(self, arms: Ints, starts: Start) -> BatchState:
        """See `Backend.reset`."""
        self._place(arms, starts.goal, starts.objects)
        self._simulation.place_arms(arms, starts.positions)
        self._simulation.skip_period()
        return self._state()

    def move_goals(self, arms: Ints, goals: Floats, objects: Floats | None = None) -> BatchState:
        """See `Backend.move_goals`."""
        self._place(arms, goals, objects)
        return self._state()

    def step(self, commands: Floats) -> BatchState:
        """See `Backend.step`."""
        self._simulation.step(commands)
        return self._state()

    def close(self) -> None:
        """See `Backend.close`."""
        if self._rig is not None:
            self._rig.close()

    def _place(self, arms: Ints, goals: Floats, objects: Floats | None) -> None:
        """Places goals and objects, which takes a period of its own, as over ROS."""
        simulation = self._simulation
        named, everywhere = np.zeros(self.num_arms, bool), np.zeros((self.num_arms, 3))
        named[arms], everywhere[arms] = True, goals
        if objects is not None and objects.size:
            mask = np.zeros((self.num_arms, objects.shape[1]), bool)
            poses = np.zeros((*mask.shape, 7))
            mask[arms], poses[arms] = True, objects
            simulation.place_objects(mask, poses, np.zeros((*mask.shape, 6)))
        simulation.place_goals(named, everywhere)
        simulation.skip_period()

    def _state(self) -> BatchState:
        simulation = self._simulation
        return BatchState(
            simulation.time_ns,
            simulation.positions.copy(),
            simulation.velocities.copy(),
            simulation.objects.poses,
            simulation.objects.velocities,
            self._images(),
        )

    def _images(self) -> Frames | None:
        if self._rig is None:
            return None
        simulation = self._simulation
        images = self._rig.render(
            simulation.drawn, simulation.reset_counts, simulation.time_ns
        ).values()
        shape = (self.num_arms, self._rig.height, self._rig.width, 3)
        return np.stack([image.reshape(shape) for image in images], axis=1)


def in_process(request: BackendRequest) -> Backend:
    """Makes the backend from a request; see `backends/registry.py`."""
    sim = request.sim
    appearance = None if request.views is None else sim.appearance
    return InProcessBackend(
        request.robot,
        sim.num_arms,
        sim.control_period,
        sim.threads,
        request.views,
        appearance,
    )
