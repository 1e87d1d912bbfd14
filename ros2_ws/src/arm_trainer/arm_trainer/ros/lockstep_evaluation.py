"""Judges a policy through the ROS graph, in lockstep with a simulator of its own."""

from collections.abc import Callable

from tqdm import tqdm

from arm_sim.common.errors import UserError
from arm_sim.robot.appearance_config import Appearance
from arm_sim.scene.loader import RobotSource
from arm_sim.simulation.sim_config import SimConfig
from arm_trainer.backends.backend import SimulatorLost
from arm_trainer.envs.batch_env import BatchEnv
from arm_trainer.evaluation.judgement import Judgement, judge
from arm_trainer.evaluation.outcomes import Outcomes
from arm_trainer.policies.bundle import Policy
from arm_trainer.ros.managed_simulator import ManagedSimulatorBackend


def run_in_lockstep(
    policy: Policy,
    source: RobotSource,
    targets: int,
    num_arms: int,
    stopped: Callable[[], bool],
    *,
    seed: int = 0,
    latency: float = 0.0,
    appearance: Appearance | None = None,
) -> tuple[Judgement, Outcomes]:
    """Judges a policy on unseen targets, in a row and from fresh starts, with a progress bar.

    Args:
        policy: The policy.
        source: What the robot is loaded from.
        targets: Number of targets.
        num_arms: Number of arms at the same time.
        stopped: Whether to end early.
        seed: Seed of the targets.
        latency: Latency of the observations, s.
        appearance: How colours and light vary in camera images; None for not at all.

    Returns:
        The judgement, and the outcomes of the episodes in a row.

    Raises:
        UserError: If the simulator is lost, or the policy does not fit the robot.
        Stopped: If `stopped` returns True.
    """
    interface = policy.interface_for(source.load())
    try:
        sim = SimConfig().replace(
            **source.as_parameters(),
            num_arms=min(num_arms, targets),
            control_rate=interface.task.config.control_rate,
            appearance=appearance or Appearance(),
        )
        backend = ManagedSimulatorBackend(interface.robot, sim, stopped, policy.views)
        try:
            env = BatchEnv(interface, backend, (latency, latency), policy.views)
            with tqdm(total=2 * targets, unit="episode") as bar:

                def on_progress(done: int, succeeded: int) -> None:
                    in_a_row = f"{succeeded / min(done, targets):.1%}"
                    bar.set_postfix(in_a_row=in_a_row, refresh=False)
                    bar.update(done - bar.n)

                return judge(env, policy.act, targets, seed, on_progress)
        finally:
            backend.close()
    except SimulatorLost as error:
        raise UserError(str(error)) from error
