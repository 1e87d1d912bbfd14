"""The ROS backend with a simulator of its own, so that a training needs nothing started before."""

import os
from collections.abc import Callable

from arm_sim.appearance import Appearance
from arm_trainer.child_process import start_node
from arm_trainer.domain import OwnDomain
from arm_trainer.frames import Views
from arm_trainer.ros_backend import RosBackend
from arm_trainer.task import Reach


class OwnSimulatorBackend(RosBackend):
    """A RosBackend with a simulator of its own, in another process and ROS domain."""

    def __init__(
        self,
        task: Reach,
        model: str,
        num_arms: int,
        stopped: Callable[[], bool] = lambda: False,
        views: Views | None = None,
        appearance: Appearance | None = None,
    ) -> None:
        """Starts the simulator and connects.

        Args:
            task: The task, which gives robot and control rate.
            model: The simulator's model: a built-in robot's name or a path.
            num_arms: Number of arms.
            stopped: Whether to give up waiting.
            views: The cameras that it is to render, and at which size; None for none.
            appearance: How what they see varies; None for not at all.

        Raises:
            SimulatorLost: If it does not start.
        """
        # Another machine may have chosen the same domain: nobody but our child is to be heard.
        os.environ["ROS_AUTOMATIC_DISCOVERY_RANGE"] = "LOCALHOST"
        self._domain = OwnDomain()
        cameras: dict[str, object] = {"cameras": "none"}
        if views is not None:
            cameras = {
                "cameras": ",".join(views.cameras),
                "image_width": views.size,
                "image_height": views.size,
                "image_quality": "fast",
            }
        varied = {} if appearance is None else vars(appearance)
        self._simulator = start_node(
            "arm_sim.sim_node",
            {
                "model": model,
                "mode": "lockstep",
                "num_arms": num_arms,
                "control_rate": task.settings.control_rate,
                **cameras,
                **{f"appearance_{name}": value for name, value in varied.items()},
            },
            self._domain.domain_id,
        )
        # Should connecting fail, RosBackend calls our `close`.
        super().__init__(
            task.robot,
            num_arms,
            task.control_period,
            domain_id=self._domain.domain_id,
            why_dead=self._simulator.why_dead,
            stopped=stopped,
            views=views,
        )

    def close(self) -> None:
        """Leaves the graph and ends the simulator."""
        super().close()
        self._simulator.close()
        self._domain.release()
