"""A policy deployed as its users deploy it: controller node and real-time simulator, on trial."""

import threading
from collections.abc import Callable, Mapping
from pathlib import Path

from sensor_msgs.msg import Image
from tqdm import tqdm

from arm_sim.common.errors import UserError
from arm_sim.ros.node_runtime import ros_context
from arm_trainer.backends.backend import SimulatorLost
from arm_trainer.backends.camera_views import Views
from arm_trainer.envs.policy_interface import PolicyInterface
from arm_trainer.ros.deployed_trials import DeployedTrials, Trial
from arm_trainer.ros.domain_id import ReservedDomain
from arm_trainer.ros.node_process import start_node

# So that the newest frame is never a whole control period old.
_FRAMES_PER_PERIOD = 2


def run_deployed(
    task: PolicyInterface,
    policy: Path,
    model: str,
    targets: int,
    stop: threading.Event,
    *,
    seed: int = 0,
    views: Views | None = None,
    simulator: Mapping[str, object] | None = None,
    camera: str | None = None,
    on_image: Callable[[Image], None] = lambda image: None,
) -> tuple[list[Trial], dict[str, str]]:
    """Deploys a policy against a fresh real-time simulator and sends it unseen targets.

    Args:
        task: What counts as reached.
        policy: The bundle, or the run that holds it.
        model: The robot, as `load_robot` takes it.
        targets: How many.
        stop: Ends it early.
        seed: Which targets.
        views: What the policy sees through; None for one that is told where the target is.
        simulator: More parameters of the simulator.
        camera: The camera whose images `on_image` gets, or None.
        on_image: Called with each image.

    Returns:
        The trials, and what the controller's diagnostics said in the end.

    Raises:
        UserError: If a process dies or the simulator falls silent.
    """
    domain = ReservedDomain()
    nodes = [
        start_node(
            "arm_sim.ros.sim_node",
            {
                "model": model,
                "mode": "realtime",
                **_cameras(task, views, camera),
                **(simulator or {}),
            },
            domain.domain_id,
        ),
        start_node(
            "arm_trainer.ros.controller_node", {"policy": policy, "model": model}, domain.domain_id
        ),
    ]
    try:
        with ros_context(domain_id=domain.domain_id) as context:
            trials = DeployedTrials(
                task,
                context,
                camera,
                exit_reason=lambda: next(
                    (why for node in nodes if (why := node.exit_reason())), None
                ),
            )
            reached = 0
            with tqdm(total=targets, unit="target", desc="deployed") as bar:

                def on_trial(number: int, trial: Trial) -> None:
                    nonlocal reached
                    reached += trial.success
                    bar.update()
                    bar.set_postfix(success=f"{reached}/{number}")

                try:
                    done = trials.run(targets, stop, seed, on_trial, on_image)
                    return done, trials.controller_report
                finally:
                    trials.close()
    except SimulatorLost as error:
        raise UserError(str(error)) from error
    finally:
        for node in reversed(nodes):
            node.close()
        domain.release()


def _cameras(task: PolicyInterface, views: Views | None, camera: str | None) -> dict[str, object]:
    """Returns the simulator's parameters by which it shows what is to be seen."""
    if views is None:
        return {"cameras": camera or "none"}
    return {
        "cameras": ",".join(dict.fromkeys([*views.cameras, *([camera] if camera else [])])),
        "image_width": views.size,
        "image_height": views.size,
        "camera_rate": _FRAMES_PER_PERIOD * task.task.config.control_rate,
    }
