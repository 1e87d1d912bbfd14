"""`evaluate`: a run's policy on unseen targets, through the ROS graph, in lockstep or deployed."""

import sys
import threading
from pathlib import Path

from tqdm import tqdm

from arm_sim.common.atomic_files import write_text
from arm_sim.common.command import Stopped, run_command
from arm_sim.common.config import read_yaml
from arm_sim.common.errors import UserError
from arm_sim.rendering.appearance import Appearance
from arm_sim.rendering.software_rendering import render_on_calling_thread
from arm_sim.robot.loader import load_robot
from arm_trainer.backends.backend import SimulatorLost
from arm_trainer.cli.arguments import CommandLine, split_ros_arguments
from arm_trainer.envs.batch_env import BatchEnv
from arm_trainer.evaluation.outcomes import Outcomes, episodes_csv, summary
from arm_trainer.evaluation.plots import draw_latencies
from arm_trainer.evaluation.rollout import run_episodes
from arm_trainer.evaluation.statistics import Interval
from arm_trainer.evaluation.trials import Trial, success_of, trials_csv, trials_summary
from arm_trainer.policies.bundle import Policy
from arm_trainer.policies.bundle_files import find_bundle
from arm_trainer.ros.deployed_evaluation import run_deployed
from arm_trainer.ros.managed_simulator import ManagedSimulatorBackend
from arm_trainer.tasks.seeding import evaluation_generator
from arm_trainer.training.config import read_settings


def _milliseconds(text: str) -> list[float]:
    """Latencies in s, from ms joined by commas."""
    latencies = [float(part) / 1000.0 for part in text.split(",")]
    if not all(0.0 <= latency <= 1.0 for latency in latencies):
        raise ValueError
    return latencies


_milliseconds.__name__ = "list of 0 to 1000 ms"  # What argparse calls it in its sentence.


def _parser() -> CommandLine:
    parser = CommandLine(prog="evaluate", description=__doc__)
    parser.add_argument("run", type=Path, help="run folder, or policy bundle")
    parser.add_argument("--episodes", type=int, default=500, help="default: %(default)s")
    parser.add_argument("--seed", type=int, default=0, help="which targets (default: %(default)s)")
    parser.add_argument(
        "--num-arms", type=int, default=50, help="at once, in lockstep (default: %(default)s)"
    )
    parser.add_argument("--model", help="robot (default: the run's; a bundle's: fetch_arm)")
    parser.add_argument(
        "--latency",
        type=_milliseconds,
        default=[0.0],
        metavar="MS[,MS…]",
        help="late observations, ms: success at each, as a table and a curve (default: 0)",
    )
    parser.add_argument(
        "--varied",
        action="store_true",
        help="what the cameras see varies as in the run's training (vision.appearance), but others "
        "than were seen there",
    )
    parser.add_argument(
        "--deployed",
        action="store_true",
        help="through the controller node in a real-time simulation, one target after the other",
    )
    parser.add_argument(
        "--output", type=Path, help="CSV (default: RUN/episodes.csv or deployed.csv)"
    )
    return parser


def evaluate(
    policy: Policy,
    model: str,
    episodes: int,
    num_arms: int,
    seed: int,
    stop: threading.Event,
    latency: float = 0.0,
    appearance: Appearance | None = None,
) -> Outcomes:
    """Runs a policy over ROS, against a lockstep simulator of its own.

    Args:
        policy: The policy.
        model: The robot, as `load_robot` takes it.
        episodes: How many.
        num_arms: How many at once.
        seed: Which targets.
        stop: Ends it early.
        latency: How late observations are, s.
        appearance: How what the cameras see varies; None for not at all.

    Raises:
        UserError: If the simulator is lost, or the policy does not fit the robot.
        Stopped: If `stop` is set.
    """
    task = policy.interface_for(load_robot(model))
    try:
        backend = ManagedSimulatorBackend(
            task, model, min(num_arms, episodes), stop.is_set, policy.views, appearance
        )
        try:
            with tqdm(total=episodes, unit="episode") as bar:

                def on_progress(done: int, succeeded: int) -> None:
                    bar.set_postfix(success=f"{succeeded / done:.1%}", refresh=False)
                    bar.update(done - bar.n)

                arms = BatchEnv(task, backend, (latency, latency), policy.views)
                return run_episodes(
                    arms, policy.act, episodes, evaluation_generator(seed), on_progress
                )
        finally:
            backend.close()
    except SimulatorLost as error:
        raise UserError(str(error)) from error


def evaluate_deployed(
    policy: Policy, model: str, targets: int, seed: int, stop: threading.Event, latency: float = 0.0
) -> tuple[list[Trial], dict[str, str]]:
    """Runs a policy through the controller node, against a real-time simulator of its own.

    Args:
        policy: The policy.
        model: The robot, as `load_robot` takes it.
        targets: How many.
        seed: Which.
        stop: Ends it early.
        latency: How late the simulator's states are, s.

    Returns:
        The trials, and what the controller's diagnostics said in the end.

    Raises:
        UserError: If a process dies, or the policy does not fit the robot.
        Stopped: If `stop` is set.
    """
    trials, report = run_deployed(
        policy.interface_for(load_robot(model)),
        policy.folder,
        model,
        targets,
        stop,
        seed=seed,
        views=policy.views,
        simulator={"observation_delay": latency},
    )
    if len(trials) < targets:
        raise Stopped
    return trials, report


def _model_of(run: Path) -> str:
    """Returns the robot that a run was trained on; the default one for a bundle alone."""
    file = run / "settings.yaml"
    settings = read_yaml(file) if file.is_file() else {}
    return str(settings.get("model", "fetch_arm"))


def _unseen_appearance(run: Path) -> Appearance:
    file = run / "settings.yaml"
    found = read_settings(file).appearance(unseen=True) if file.is_file() else None
    if found is None:
        raise UserError(
            "--varied: what the cameras see did not vary in training; valid for the run of a "
            "training with vision.appearance."
        )
    return found


def run_evaluation(arguments: list[str], stop: threading.Event) -> None:
    """Evaluates as a command line says; see `evaluate --help`.

    Raises:
        UserError: If it is wrong, or something fails on the way.
    """
    ours, _ = split_ros_arguments(arguments)
    given = _parser().parse_args(ours)
    if given.episodes < 1 or given.num_arms < 1 or given.seed < 0:
        raise UserError("--episodes and --num-arms must be at least 1, --seed at least 0.")
    if given.output and len(given.latency) > 1:
        raise UserError("--output names one evaluation's CSV; leave it out with several latencies.")
    policy = Policy(find_bundle(given.run))
    if policy.views is not None and any(given.latency) and not given.deployed:
        raise UserError("A policy that sees is evaluated with --latency only with --deployed.")
    if given.varied and given.deployed:
        raise UserError("--varied goes without --deployed.")
    appearance = _unseen_appearance(given.run) if given.varied else None
    model = given.model or _model_of(given.run)
    output = given.output or given.run / ("deployed.csv" if given.deployed else "episodes.csv")
    curve: list[tuple[float, Interval]] = []
    for latency in given.latency:
        if given.deployed:
            trials, report = evaluate_deployed(
                policy, model, given.episodes, given.seed, stop, latency
            )
            interval, rows, table = (
                success_of(trials),
                trials_summary(trials, report),
                trials_csv(trials),
            )
        else:
            outcomes = evaluate(
                policy,
                model,
                given.episodes,
                given.num_arms,
                given.seed,
                stop,
                latency,
                appearance,
            )
            interval, rows, table = outcomes.interval, summary(outcomes), episodes_csv(outcomes)
        curve.append((latency, interval))
        if len(given.latency) > 1:
            print(f"  {1000 * latency:4.0f} ms  {interval}")
    if len(given.latency) == 1:
        write_text(output, table)
        print("\n".join(f"  {name:<26} {value}" for name, value in rows))
        print(f"  {'episodes':<26} {output}")
        return
    lines = [f"{latency:.3f},{i.rate:.4f},{i.lower:.4f},{i.upper:.4f}" for latency, i in curve]
    curve_file = given.run / ("deployed_latency.csv" if given.deployed else "latency.csv")
    write_text(curve_file, "\n".join(["latency,success,lower,upper", *lines]) + "\n")
    draw_latencies({given.run.name: curve}, curve_file.with_suffix(".png"))
    print(f"  curve     {curve_file.with_suffix('.png')}")


def main() -> None:
    """Entry point of `ros2 run arm_trainer evaluate`."""
    render_on_calling_thread()
    sys.exit(run_command("evaluate", lambda stop: run_evaluation(sys.argv[1:], stop)))


if __name__ == "__main__":
    main()
