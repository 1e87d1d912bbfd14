"""Evaluates a policy through the ROS graph, in lockstep with a simulator of its own."""

from collections.abc import Callable

from tqdm import tqdm

from arm_sim.common.errors import UserError
from arm_sim.robot.appearance_config import Appearance
from arm_sim.robot.loader import load_robot
from arm_sim.simulation.sim_config import SimConfig
from arm_trainer.backends.backend import SimulatorLost
from arm_trainer.envs.batch_env import BatchEnv
from arm_trainer.evaluation.outcomes import Outcomes
from arm_trainer.evaluation.rollout import run_episodes
from arm_trainer.policies.bundle import Policy
from arm_trainer.ros.managed_simulator import ManagedSimulatorBackend
from arm_trainer.tasks.seeding import evaluation_generator


def run_in_lockstep(
    policy: Policy,
    model: str,
    episodes: int,
    num_arms: int,
    stopped: Callable[[], bool],
    *,
    seed: int = 0,
    latency: float = 0.0,
    appearance: Appearance | None = None,
) -> Outcomes:
    """Runs episodes on unseen targets with a progress bar.

    Args:
        policy: The policy.
        model: The robot, as `load_robot` takes it.
        episodes: Number of episodes.
        num_arms: Number of arms at the same time.
        stopped: Whether to end early.
        seed: Seed of the targets.
        latency: Latency of the observations, s.
        appearance: How colours and light vary in camera images; None for not at all.

    Raises:
        UserError: If the simulator is lost, or the policy does not fit the robot.
        Stopped: If `stopped` returns True.
    """
    interface = policy.interface_for(load_robot(model))
    try:
        sim = SimConfig().replace(
            model=model,
            num_arms=min(num_arms, episodes),
            control_rate=interface.task.config.control_rate,
            appearance=appearance or Appearance(),
        )
        backend = ManagedSimulatorBackend(interface.robot, sim, stopped, policy.views)
        try:
            env = BatchEnv(interface, backend, (latency, latency), policy.views)
            with tqdm(total=episodes, unit="episode") as bar:

                def on_progress(done: int, succeeded: int) -> None:
                    bar.set_postfix(success=f"{succeeded / done:.1%}", refresh=False)
                    bar.update(done - bar.n)

                random = evaluation_generator(seed)
                return run_episodes(env, policy.act, episodes, random, on_progress)
        finally:
            backend.close()
    except SimulatorLost as error:
        raise UserError(str(error)) from error
