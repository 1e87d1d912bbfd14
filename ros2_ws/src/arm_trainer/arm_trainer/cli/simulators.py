"""The choices of `train --sim`: where the arms of a training are simulated."""

from collections.abc import Callable
from dataclasses import dataclass

from arm_sim.common.errors import UserError
from arm_sim.robot.appearance_config import Appearance
from arm_trainer.backends.backend import Backend
from arm_trainer.backends.camera_views import Views
from arm_trainer.backends.in_process import InProcessBackend
from arm_trainer.envs.policy_interface import PolicyInterface
from arm_trainer.ros.backend import RosBackend
from arm_trainer.ros.managed_simulator import ManagedShardedBackend, ManagedSimulatorBackend
from arm_trainer.ros.sharded_backend import ShardedRosBackend
from arm_trainer.training.config import TrainingSettings

# Meaning of each choice, for `--help`.
CHOICES = {
    "own": "start a simulator in another process",
    "external": "the lockstep one on the graph",
    "in-process": "no ROS, for comparison",
}


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
        stopped: Whether to give up waiting for a simulator.
    """

    choice: str
    settings: TrainingSettings
    ros_arguments: list[str]
    stopped: Callable[[], bool]

    def __call__(self, interface: PolicyInterface, views: Views | None) -> Backend:
        """Connects to the arms; without `views` they have no cameras."""
        appearance = None if views is None else self.settings.appearance()
        if self.choice == "own":
            return self._own(interface, views, appearance)
        if self.choice == "external":
            return self._external(interface, views)
        return InProcessBackend(
            interface.robot,
            self.settings.num_arms,
            interface.control_period,
            views=views,
            appearance=appearance,
        )

    def _own(
        self, interface: PolicyInterface, views: Views | None, appearance: Appearance | None
    ) -> Backend:
        model, arms, sims = self.settings.model, self.settings.num_arms, self.settings.num_sims
        if sims > 1:
            return ManagedShardedBackend(
                interface, model, arms, sims, self.stopped, views, appearance
            )
        return ManagedSimulatorBackend(interface, model, arms, self.stopped, views, appearance)

    def _external(self, interface: PolicyInterface, views: Views | None) -> Backend:
        def connect(namespace: str, num_arms: int) -> RosBackend:
            return RosBackend(
                interface.robot,
                num_arms,
                interface.control_period,
                namespace=namespace,
                ros_arguments=self.ros_arguments,
                stopped=self.stopped,
                views=views,
            )

        arms, sims = self.settings.num_arms, self.settings.num_sims
        return ShardedRosBackend(arms, sims, connect) if sims > 1 else connect("", arms)
