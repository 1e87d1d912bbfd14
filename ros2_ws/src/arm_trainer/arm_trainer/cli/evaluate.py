"""`evaluate`: a run's policy on unseen targets, through the ROS graph, in lockstep or deployed."""

import argparse
import sys
import threading
from dataclasses import dataclass
from pathlib import Path

from arm_sim.common.atomic_files import write_text
from arm_sim.common.command import Stopped, run_command
from arm_sim.common.errors import UserError
from arm_sim.robot.appearance_config import Appearance
from arm_sim.robot.loader import load_robot
from arm_sim.simulation.sim_config import SimConfig
from arm_trainer.cli import saved_run
from arm_trainer.cli.arguments import (
    CommandLine,
    add_own_classes,
    split_ros_arguments,
)
from arm_trainer.cli.process_setup import set_up_process
from arm_trainer.evaluation.outcomes import episodes_csv, summary
from arm_trainer.evaluation.plots import draw_latencies
from arm_trainer.evaluation.statistics import Interval
from arm_trainer.evaluation.trials import success_of, trials_csv, trials_summary
from arm_trainer.policies.bundle import Policy
from arm_trainer.policies.bundle_files import find_bundle
from arm_trainer.policies.compatibility import register_own
from arm_trainer.ros.deployed_evaluation import run_deployed
from arm_trainer.ros.lockstep_evaluation import run_in_lockstep


@dataclass(frozen=True)
class _Result:
    """One evaluation: success, lines to print, and the CSV's text."""

    success: Interval
    lines: list[tuple[str, str]]
    csv: str


def _latencies(text: str) -> list[float]:
    """Returns latencies in s, from ms joined by commas."""
    latencies = [float(part) / 1000.0 for part in text.split(",")]
    if not all(0.0 <= latency <= 1.0 for latency in latencies):
        raise ValueError
    return latencies


_latencies.__name__ = "list of 0 to 1000 ms"  # argparse names it in its sentence.


def _parser() -> CommandLine:
    parser = CommandLine(prog="evaluate", description=__doc__)
    parser.add_argument("run", type=Path, help="run folder, or policy bundle")
    parser.add_argument("--episodes", type=int, default=500, help="default: %(default)s")
    parser.add_argument("--seed", type=int, default=0, help="which targets (default: %(default)s)")
    parser.add_argument(
        "--num-arms", type=int, default=50, help="at once, in lockstep (default: %(default)s)"
    )
    parser.add_argument(
        "--model", help=f"robot (default: the run's; a bundle's: {saved_run.DEFAULT_MODEL})"
    )
    add_own_classes(parser)
    parser.add_argument(
        "--latency",
        type=_latencies,
        default=[0.0],
        metavar="MS[,MS…]",
        help="late observations, ms: success at each, as a table and a curve (default: 0)",
    )
    parser.add_argument(
        "--varied",
        action="store_true",
        help="colours and light vary as in the run's training (vision.appearance), but otherwise "
        "than was seen there",
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


def run_evaluation(arguments: list[str], stop: threading.Event) -> None:
    """Evaluates as a command line says; see `evaluate --help`.

    Raises:
        UserError: If the command line is wrong, or the evaluation fails.
        Stopped: If `stop` is set meanwhile.
    """
    ours, _ = split_ros_arguments(arguments)
    given = _parser().parse_args(ours)
    policy = _checked_policy(given)
    appearance = saved_run.unseen_appearance(given.run) if given.varied else None
    model = given.model or saved_run.model_of(given.run)
    results = []
    for latency in given.latency:
        results.append(_evaluate(given, policy, model, latency, appearance, stop))
        if len(given.latency) > 1:
            print(f"  {1000 * latency:4.0f} ms  {results[-1].success}")
    if len(results) == 1:
        _write_one(given, results[0])
    else:
        _write_curve(given, results)


def _checked_policy(given: argparse.Namespace) -> Policy:
    """Returns the policy to evaluate; raises `UserError` if the options don't fit it."""
    if given.episodes < 1 or given.num_arms < 1 or given.seed < 0:
        raise UserError("--episodes and --num-arms must be at least 1, --seed at least 0.")
    if given.output and len(given.latency) > 1:
        raise UserError("--output names one evaluation's CSV; leave it out with several latencies.")
    register_own(given.task, given.action)
    policy = Policy(find_bundle(given.run))
    if policy.views is not None and any(given.latency) and not given.deployed:
        raise UserError("A policy that sees is evaluated with --latency only with --deployed.")
    if given.varied and given.deployed:
        raise UserError("--varied goes without --deployed.")
    return policy


def _evaluate(
    given: argparse.Namespace,
    policy: Policy,
    model: str,
    latency: float,
    appearance: Appearance | None,
    stop: threading.Event,
) -> _Result:
    """Evaluates once, deployed or in lockstep, with observations that are `latency` s late."""
    if given.deployed:
        trials, report = run_deployed(
            policy.interface_for(load_robot(model)),
            policy.folder,
            model,
            given.episodes,
            stop,
            seed=given.seed,
            views=policy.views,
            simulator=SimConfig().replace(observation={"delay": latency}),
        )
        if len(trials) < given.episodes:
            raise Stopped
        return _Result(success_of(trials), trials_summary(trials, report), trials_csv(trials))
    outcomes = run_in_lockstep(
        policy,
        model,
        given.episodes,
        given.num_arms,
        stop.is_set,
        seed=given.seed,
        latency=latency,
        appearance=appearance,
    )
    return _Result(outcomes.interval, summary(outcomes), episodes_csv(outcomes))


def _write_one(given: argparse.Namespace, result: _Result) -> None:
    """Writes the CSV of one evaluation and prints its summary."""
    output = given.output or given.run / ("deployed.csv" if given.deployed else "episodes.csv")
    write_text(output, result.csv)
    for name, text in [*result.lines, ("episodes", str(output))]:
        print(f"  {name:<26} {text}")


def _write_curve(given: argparse.Namespace, results: list[_Result]) -> None:
    """Writes success at each latency as CSV and as a plot."""
    curve = [(latency, r.success) for latency, r in zip(given.latency, results, strict=True)]
    lines = [f"{latency:.3f},{i.rate:.4f},{i.lower:.4f},{i.upper:.4f}" for latency, i in curve]
    file = given.run / ("deployed_latency.csv" if given.deployed else "latency.csv")
    write_text(file, "\n".join(["latency,success,lower,upper", *lines]) + "\n")
    picture = file.with_suffix(".png")
    draw_latencies({given.run.name: curve}, picture)
    print(f"  curve     {picture}")


def main() -> None:
    """Entry point of `ros2 run arm_trainer evaluate`."""
    set_up_process()
    sys.exit(run_command("evaluate", lambda stop: run_evaluation(sys.argv[1:], stop)))


if __name__ == "__main__":
    main()
