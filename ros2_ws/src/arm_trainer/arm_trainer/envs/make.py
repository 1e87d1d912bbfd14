"""A BatchEnv from names, as Gymnasium's `make` gives them."""

import dataclasses

from arm_sim.scene.loader import RobotSource
from arm_sim.simulation.sim_config import SimConfig
from arm_trainer.actions.registry import ACTIONS
from arm_trainer.backends.backend import Backend
from arm_trainer.backends.camera_views import Views
from arm_trainer.backends.registry import BackendRequest, make_backend
from arm_trainer.envs.batch_env import BatchEnv
from arm_trainer.envs.policy_interface import PolicyInterface
from arm_trainer.tasks.registry import TASKS
from arm_trainer.tasks.task import TaskConfig, source_for


@dataclasses.dataclass(frozen=True)
class EnvOptions:
    """What an environment can be made from.

    Attributes:
        task: A task's name, or `path/to/file.py:Class`.
        backend: A name of `backends.registry.BACKENDS`, for instance 'ros' for the lockstep
            simulator on the graph, or a Backend.
        model: The robot: a built-in robot's name, or the path of an MJCF or URDF file.
        scene: Path to a scene YAML; '' for the one beside the model, or none.
        config: The task's settings; None for the defaults.
        action: An action's name, or `path/to/file.py:Class`; '' for the task's.
        views: The cameras that the policy sees; None for a policy that observes the goal.
        goal_conditioned: Whether observations are dictionaries as a GoalEnv's, see `goal_form`, and
            rewards are sparse.
    """

    task: str = "reach"
    backend: str | Backend = "in_process"
    model: str = "fetch_arm"
    scene: str = ""
    config: TaskConfig | None = None
    action: str = ""
    views: Views | None = None
    goal_conditioned: bool = False


def make_batch_env(num_arms: int, options: EnvOptions) -> BatchEnv:
    """Returns an environment of N arms.

    Raises:
        UserError: If a name or a setting is wrong.
    """
    task_class = TASKS.find(options.task)
    config = options.config or task_class.config_class()
    source = source_for(RobotSource(options.model, options.scene), task_class, config)
    task = task_class(source.load(), config)
    interface = PolicyInterface(
        task,
        ACTIONS.find(options.action or task.action),
        target_in_observation=options.views is None,
        goal_conditioned=options.goal_conditioned,
    )
    backend = options.backend
    if isinstance(backend, str):
        sim = SimConfig().replace(
            **source.as_parameters(), num_arms=num_arms, control_rate=task.config.control_rate
        )
        backend = make_backend(backend, BackendRequest(task.robot, sim, options.views))
    return BatchEnv(interface, backend, views=options.views)
