"""Evaluates a policy as it is deployed: controller node and real-time simulator in processes."""

import dataclasses
import threading
from collections.abc import Callable
from pathlib import Path

from sensor_msgs.msg import Image
from tqdm import tqdm

from arm_sim.common.errors import UserError
from arm_sim.ros.node_runtime import ros_context
from arm_sim.scene.loader import RobotSource
from arm_sim.simulation.sim_config import SimConfig
from arm_trainer.actions.registry import ACTIONS
from arm_trainer.backends.backend import SimulatorLost
from arm_trainer.backends.camera_views import Views
from arm_trainer.envs.policy_interface import PolicyInterface
from arm_trainer.evaluation.trials import Trial
from arm_trainer.ros.deployed_trials import DeployedTrials
from arm_trainer.ros.domain_id import ReservedDomain
from arm_trainer.ros.node_process import start_node, start_simulator
from arm_trainer.tasks.registry import TASKS

# With two, the newest image is at most half a control period old.
_IMAGES_PER_PERIOD = 2


def run_deployed(
    interface: PolicyInterface,
    policy: Path,
    source: RobotSource,
    targets: int,
    stop: threading.Event,
    *,
    seed: int = 0,
    views: Views | None = None,
    simulator: SimConfig | None = None,
    camera: str | None = None,
    on_image: Callable[[Image], None] = lambda image: None,
) -> tuple[list[Trial], dict[str, str]]:
    """Deploys a policy with a new real-time simulator and sends it unseen targets.

    Args:
        interface: Its task draws the targets and defines success.
        policy: The policy bundle, or the run folder that contains it.
        source: What the robot is loaded from.
        targets: Number of targets.
        stop: Ends the evaluation early.
        seed: Seed of the targets.
        views: The policy's cameras; None for a policy without cameras.
        simulator: The simulator's settings; robot and cameras are replaced.
        camera: The camera whose images `on_image` gets, or None.
        on_image: Called with each image.

    Returns:
        The trials, and the values of the controller's last diagnostics.

    Raises:
        UserError: If a process ends, or no joint states arrive.
    """
    domain = ReservedDomain()
    sim = (simulator or SimConfig()).replace(
        **source.as_parameters(), **_camera_settings(interface, views, camera)
    )
    # The controller knows the task's objects by the policy.
    plain = dataclasses.replace(source, changes="")
    controller_parameters: dict[str, object] = {"policy": policy, **plain.as_parameters()}
    own = {
        "task": TASKS.file_of(interface.task.name),
        "action": ACTIONS.file_of(interface.action.name),
    }
    controller_parameters |= {name: file for name, file in own.items() if file}
    nodes = [
        start_simulator(sim, domain.domain_id),
        start_node("arm_trainer.ros.controller_node", controller_parameters, domain.domain_id),
    ]

    def exit_reason() -> str | None:
        return next((reason for node in nodes if (reason := node.exit_reason())), None)

    try:
        with (
            ros_context(domain_id=domain.domain_id) as context,
            tqdm(total=targets, unit="target", desc="deployed") as bar,
        ):
            reached = 0

            def on_trial(number: int, trial: Trial) -> None:
                nonlocal reached
                reached += trial.success
                bar.update()
                bar.set_postfix(success=f"{reached}/{number}")

            trials = DeployedTrials(interface, context, camera, exit_reason)
            try:
                results = trials.run(targets, stop, seed, on_trial, on_image)
                return results, trials.controller_report
            finally:
                trials.close()
    except SimulatorLost as error:
        raise UserError(str(error)) from error
    finally:
        for node in reversed(nodes):
            node.close()
        domain.release()


def _camera_settings(
    interface: PolicyInterface, views: Views | None, camera: str | None
) -> dict[str, object]:
    """Returns the simulator's settings for the policy's cameras and `camera`."""
    if views is None:
        return {"cameras": camera or "none"}
    return {
        "cameras": ",".join(dict.fromkeys([*views.cameras, *([camera] if camera else [])])),
        "image": {"width": views.size, "height": views.size},
        "camera_rate": _IMAGES_PER_PERIOD * interface.task.config.control_rate,
    }
