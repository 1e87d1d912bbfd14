"""The choices of `train --sim`: where the arms of a training are simulated."""

from collections.abc import Callable
from dataclasses import dataclass

from arm_sim.common.errors import UserError
from arm_sim.robot.appearance_config import Appearance
from arm_sim.simulation.sim_config import SimConfig
from arm_trainer.backends.backend import Backend
from arm_trainer.backends.camera_views import Views
from arm_trainer.backends.registry import BackendRequest, make_backend
from arm_trainer.envs.policy_interface import PolicyInterface
from arm_trainer.training.config import TrainingSettings

# Meaning of each choice, for `--help`.
CHOICES = {
    "own": "start a simulator in another process",
    "external": "the lockstep one on the graph",
    "in-process": "no ROS, for comparison",
}
_BACKENDS = {"own": "managed", "external": "ros", "in-process": "in_process"}


def check_choice(choice: str, settings: TrainingSettings) -> None:
    """Checks that a choice goes with the settings.

    Raises:
        UserError: If it does not.
    """
    if choice == "in-process" and settings.num_sims > 1:
        raise UserError(
            f"num_sims is {settings.num_sims}, and --sim in-process has no simulators: leave one "
            "of them out."
        )
    if choice == "external" and settings.appearance() is not None:
        raise UserError(
            "With --sim external, leave vision.appearance out: how images vary is then decided by "
            "the simulator's own parameters."
        )


@dataclass(frozen=True)
class MakeBackend:
    """Makes a training's backend: `make_backend(interface, views)`.

    Attributes:
        choice: One of `CHOICES`.
        settings: The run's settings.
        ros_arguments: ROS's arguments for the trainer's node, with `--sim external`.
        stopped: Returns whether to give up waiting for a simulator.
    """

    choice: str
    settings: TrainingSettings
    ros_arguments: list[str]
    stopped: Callable[[], bool]

    def __call__(self, interface: PolicyInterface, views: Views | None) -> Backend:
        """Connects to the arms; without `views` they have no cameras."""
        settings = self.settings
        appearance = None if views is None else settings.appearance()
        sim = SimConfig().replace(
            **settings.source.as_parameters(),
            num_arms=settings.num_arms,
            control_rate=interface.task.config.control_rate,
            appearance=appearance or Appearance(),
        )
        request = BackendRequest(
            interface.robot,
            sim,
            views,
            settings.num_sims,
            self.stopped,
            tuple(self.ros_arguments),
        )
        return make_backend(_BACKENDS[self.choice], request)
