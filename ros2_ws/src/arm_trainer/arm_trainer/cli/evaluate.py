"""`evaluate`: success in a row of a run's policy over ROS, in lockstep or deployed."""

import argparse
import json
import sys
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from arm_sim.common.atomic_files import write_text
from arm_sim.common.command import Stopped, run_command
from arm_sim.common.errors import UserError
from arm_sim.robot.appearance_config import Appearance
from arm_sim.scene.loader import RobotSource
from arm_sim.simulation.sim_config import SimConfig
from arm_trainer.cli import saved_run
from arm_trainer.cli.arguments import (
    CommandLine,
    add_own_classes,
    scene_path,
    split_ros_arguments,
)
from arm_trainer.cli.process_setup import set_up_process
from arm_trainer.evaluation.judgement import (
    DEPLOYED_TARGETS,
    IN_A_ROW,
    LOCKSTEP_TARGETS,
    TARGETS_IN_A_ROW,
    Judgement,
    arms_for,
)
from arm_trainer.evaluation.outcomes import episodes_csv, outcome_details
from arm_trainer.evaluation.plots import draw_latencies
from arm_trainer.evaluation.trials import judge_trials, trial_details, trials_csv
from arm_trainer.policies.bundle import Policy
from arm_trainer.policies.bundle_files import find_bundle
from arm_trainer.policies.compatibility import register_own
from arm_trainer.ros.deployed_evaluation import run_deployed
from arm_trainer.ros.lockstep_evaluation import run_in_lockstep


@dataclass(frozen=True)
class _Result:
    """One evaluation: its judgement, a line of details, the CSV's text, and other figures."""

    judgement: Judgement
    details: str
    csv: str
    figures: dict[str, Any]


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
    parser.add_argument(
        "--episodes",
        type=int,
        help=f"targets (default: {LOCKSTEP_TARGETS}, with --deployed {DEPLOYED_TARGETS})",
    )
    parser.add_argument("--seed", type=int, default=0, help="which targets (default: %(default)s)")
    parser.add_argument(
        "--num-arms",
        type=int,
        help="that share the targets at once, in lockstep, each going from target to target "
        f"(default: one for each {TARGETS_IN_A_ROW} targets)",
    )
    parser.add_argument(
        "--model", help=f"robot (default: the run's; a bundle's: {saved_run.DEFAULT_MODEL})"
    )
    parser.add_argument(
        "--scene", type=scene_path, help="scene YAML (default: the run's, or the robot's own)"
    )
    parser.add_argument(
        "--exact",
        action="store_true",
        help="in the robot file's own timestep, solver options and collisions",
    )
    add_own_classes(parser)
    parser.add_argument(
        "--latency",
        type=_latencies,
        default=[0.0],
        metavar="MS[,MS…]",
        help="late observations, ms: success in a row at each, as a table and a curve (default: 0)",
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
    if given.episodes is None:
        given.episodes = DEPLOYED_TARGETS if given.deployed else LOCKSTEP_TARGETS
    if given.num_arms is None:
        given.num_arms = arms_for(given.episodes)
    policy = _checked_policy(given)
    appearance = saved_run.unseen_appearance(given.run) if given.varied else None
    source = saved_run.source_of(given.run)
    if given.model or given.scene is not None:
        source = RobotSource(given.model or source.model, given.scene or "")
    if given.exact:
        source = saved_run.exact(source, given.run)
    source = policy.source(source)
    results = []
    for latency in given.latency:
        results.append(_evaluate(given, policy, source, latency, appearance, stop))
        if len(given.latency) > 1:
            print(f"  {1000 * latency:4.0f} ms  {results[-1].judgement.headline()}")
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
    if given.output and given.output.suffix == ".json":
        raise UserError("--output names the CSV; the figures go to a .json file beside it.")
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
    source: RobotSource,
    latency: float,
    appearance: Appearance | None,
    stop: threading.Event,
) -> _Result:
    """Evaluates once, deployed or in lockstep, with observations that are `latency` s late."""
    if given.deployed:
        trials, report = run_deployed(
            policy.interface_for(source.load()),
            policy.folder,
            source,
            given.episodes,
            stop,
            seed=given.seed,
            views=policy.views,
            simulator=SimConfig().replace(observation={"delay": latency}),
        )
        if len(trials) < given.episodes:
            raise Stopped
        judgement = judge_trials(trials, policy.description.training)
        details = trial_details(trials, report)
        return _Result(judgement, details, trials_csv(trials), {"controller": report})
    judgement, outcomes = run_in_lockstep(
        policy,
        source,
        given.episodes,
        given.num_arms,
        stop.is_set,
        seed=given.seed,
        latency=latency,
        appearance=appearance,
    )
    figures = {"time_to_reach": outcomes.time_to_reach if outcomes.success.any() else None}
    return _Result(judgement, outcome_details(outcomes), episodes_csv(outcomes), figures)


def _write_one(given: argparse.Namespace, result: _Result) -> None:
    """Writes the files of one evaluation and prints success in a row and at most three lines."""
    output = given.output or given.run / ("deployed.csv" if given.deployed else "episodes.csv")
    write_text(output, result.csv)
    figures = result.judgement.figures() | result.figures
    write_text(output.with_suffix(".json"), json.dumps(figures, indent=1) + "\n")
    headline, *further = result.judgement.lines()
    details = f"{result.details[0].upper()}{result.details[1:]}"
    print("\n".join([headline, *further, f"{details}; every target: {output}"]))


def _write_curve(given: argparse.Namespace, results: list[_Result]) -> None:
    """Writes success in a row at each latency as CSV and as a plot."""
    curve = [
        (latency, r.judgement.in_a_row) for latency, r in zip(given.latency, results, strict=True)
    ]
    lines = [f"{latency:.3f},{i.rate:.4f},{i.lower:.4f},{i.upper:.4f}" for latency, i in curve]
    file = given.run / ("deployed_latency.csv" if given.deployed else "latency.csv")
    write_text(file, "\n".join([f"latency,{IN_A_ROW},lower,upper", *lines]) + "\n")
    picture = file.with_suffix(".png")
    draw_latencies({given.run.name: curve}, picture)
    print(f"  curve     {picture}")


def main() -> None:
    """Entry point of `ros2 run arm_trainer evaluate`."""
    set_up_process()
    sys.exit(run_command("evaluate", lambda stop: run_evaluation(sys.argv[1:], stop)))


if __name__ == "__main__":
    main()
