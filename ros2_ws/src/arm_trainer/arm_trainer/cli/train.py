"""`train`: trains a policy over ROS topics, by default against a simulator of its own."""

import argparse
import sys
import threading
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from arm_sim.common.command import run_command
from arm_sim.common.errors import UserError
from arm_sim.rendering.software_rendering import render_on_calling_thread
from arm_sim.robot.loader import load_robot
from arm_trainer.algorithms.registry import choose_device
from arm_trainer.backends.backend import Backend, SimulatorLost
from arm_trainer.backends.camera_views import Views
from arm_trainer.backends.in_process import InProcessBackend
from arm_trainer.cli.arguments import CommandLine, split_ros_arguments
from arm_trainer.cli.compare import run_compare
from arm_trainer.envs.policy_interface import PolicyInterface
from arm_trainer.evaluation.outcomes import seconds_or_dash
from arm_trainer.ros.backend import RosBackend
from arm_trainer.ros.managed_simulator import ManagedShardedBackend, ManagedSimulatorBackend
from arm_trainer.ros.sharded_backend import ShardedRosBackend
from arm_trainer.training.config import load_settings, read_settings
from arm_trainer.training.run_folder import RunFolder
from arm_trainer.training.trainer import TrainingResult, train
from arm_trainer.vision.distillation import train_vision_policy

_COMPARE_STEPS = 50_000


def _optional_int(text: str) -> int | None:
    """A number, or nothing: launch files pass arguments that were not given as empty."""
    return int(text) if text else None


def _optional_float(text: str) -> float | None:
    """Likewise."""
    return float(text) if text else None


_optional_int.__name__ = "int"  # What argparse calls it in its sentence.
_optional_float.__name__ = "float"


def _parser() -> CommandLine:
    parser = CommandLine(prog="train", description=__doc__)
    parser.add_argument("--algorithm", help="PPO, A2C or SAC (default: PPO)")
    parser.add_argument(
        "--steps",
        type=_optional_int,
        help="control periods, over all arms (default: 100000)",
    )
    parser.add_argument("--device", help="auto, cpu or cuda (default: auto)")
    parser.add_argument("--seed", type=_optional_int, help="seed of everything random (default: 0)")
    parser.add_argument(
        "--num-arms",
        type=_optional_int,
        help="arms side by side (default: the algorithm's)",
    )
    parser.add_argument(
        "--num-sims",
        type=_optional_int,
        help="simulators that share the arms, each a process (default: 1); external ones are "
        "looked for in the namespaces sim_0, sim_1 and so on, below the trainer's own",
    )
    parser.add_argument(
        "--model", help="built-in robot or path to an MJCF file (default: fetch_arm)"
    )
    parser.add_argument(
        "--latency",
        type=_optional_float,
        help="observations are late by up to so many ms, drawn anew for each episode, so that the "
        "policy bears it where it is deployed (default: 0)",
    )
    parser.add_argument(
        "--vision",
        nargs="?",
        const="true",
        choices=["true", "false"],
        help="the policy is not told where the target is, it sees through cameras",
    )
    parser.add_argument(
        "--cameras",
        type=lambda text: [name for name in text.split(",") if name],
        help="with --vision: through which, for instance front,top (default: all)",
    )
    parser.add_argument(
        "--image-size", type=int, help="with --vision: width and height, px (default: 64)"
    )
    parser.add_argument(
        "--frame-stack", type=int, help="with --vision: frames seen at once (default: 4)"
    )
    parser.add_argument(
        "--end-to-end",
        action="store_true",
        default=None,
        help="with --vision: the algorithm itself learns from the images, for comparison",
    )
    parser.add_argument(
        "--settings", type=Path, help="YAML with settings to use over the packaged ones"
    )
    parser.add_argument(
        "--log-dir", type=Path, default=Path("logs"), help="where runs go (default: logs)"
    )
    parser.add_argument(
        "--sim",
        choices=["own", "external", "in-process"],
        default="own",
        help="own: start a simulator in another process; external: the lockstep one on the graph; "
        "in-process: no ROS, for comparison (default: own)",
    )
    parser.add_argument(
        "--compare", action="store_true", help="compare the three algorithms instead; see compare"
    )
    parser.add_argument(
        "--compare-steps",
        type=int,
        help=f"with --compare: steps of each (default: {_COMPARE_STEPS})",
    )
    parser.add_argument("--resume", type=Path, metavar="RUN", help="go on with an interrupted run")
    return parser


def _options(names: Iterable[str]) -> str:
    """Returns names as options, for a sentence."""
    return ", ".join(f"--{name.replace('_', '-')}" for name in names)


def _vision_values(given: argparse.Namespace) -> dict[str, Any] | None:
    """The settings of vision that a command line names, None if it has none.

    Raises:
        UserError: If they come without --vision.
    """
    names = ("image_size", "frame_stack", "cameras", "end_to_end")
    values = {name: getattr(given, name) for name in names if getattr(given, name) is not None}
    if given.vision == "true":
        return values
    if values:
        raise UserError(f"{_options(values)}: only for a policy that sees; add --vision.")
    return None


def _compare_arguments(given: argparse.Namespace) -> list[str]:
    """The `compare` command line for `train --compare`.

    Raises:
        UserError: If something is given that a comparison does not take.
    """
    names = (
        "algorithm steps seed num_arms num_sims latency cameras image_size frame_stack end_to_end "
        "resume"
    )
    odd = [name for name in names.split() if getattr(given, name) is not None]
    odd += ["vision"] * (given.vision == "true") + ["sim"] * (given.sim != "own")
    if odd:
        raise UserError(
            f"{_options(odd)}: not with --compare (valid: --compare-steps, --device, --model, "
            "--settings, --log-dir)."
        )
    passed = {"device": given.device, "model": given.model, "settings": given.settings}
    options = [f"--{name}={value}" for name, value in passed.items() if value is not None]
    steps = _COMPARE_STEPS if given.compare_steps is None else given.compare_steps
    return [f"--steps={steps}", f"--log-dir={given.log_dir}", *options]


def run_training(arguments: list[str], stop: threading.Event) -> TrainingResult | None:
    """Trains as a command line says; see `train --help`.

    Returns:
        What came of it, None after a comparison.

    Raises:
        UserError: If it is wrong.
    """
    ours, ros = split_ros_arguments(arguments)
    parser = _parser()
    given = parser.parse_args(ours)
    given.device, given.model = given.device or None, given.model or None
    if given.model and given.model.endswith(".xml"):
        given.model = str(Path(given.model).resolve())  # A run may be resumed from elsewhere.
    if given.compare:
        run_compare(_compare_arguments(given), stop)
        return None
    if given.compare_steps is not None:
        raise UserError("--compare-steps: only with --compare; a training's are --steps.")
    names = ("steps", "device", "seed", "num_arms", "num_sims", "model")
    values = {name: getattr(given, name) for name in names}
    vision_given = _vision_values(given)
    if given.resume is not None:
        run = RunFolder.open(given.resume)
        settings = read_settings(run.settings)
        odd = [
            name for name, value in values.items() if value not in (None, getattr(settings, name))
        ]
        if given.algorithm and given.algorithm.lower() != settings.algorithm:
            odd.append("algorithm")
        if given.latency is not None:
            odd.append("latency")
        if vision_given is not None:
            odd.append("vision")
        if odd or given.settings:
            raise UserError(
                f"A resumed run keeps its settings: leave out {', '.join(odd) or 'settings'}."
            )
    else:
        reach = None if given.latency is None else {"latency": given.latency / 1000.0}
        settings = load_settings(
            given.algorithm or "PPO", given.settings, **values, reach=reach, vision=vision_given
        )
        robot = load_robot(settings.model)
        # Before anything is written.
        choose_device(settings)
        if settings.vision is not None:
            settings.vision.views(robot)
    if settings.num_sims > 1 and given.sim == "in-process":
        raise UserError(
            f"num_sims is {settings.num_sims}, and --sim in-process has no simulators: leave one "
            "of them out."
        )
    vision = settings.vision
    looks = settings.appearance()
    if looks is not None and given.sim == "external":
        raise UserError(
            "With --sim external, leave vision.appearance out: how images vary is then decided by "
            "the simulator's own parameters."
        )
    if given.resume is None:
        run = RunFolder.create(given.log_dir, robot.name, settings.algorithm)

    def make_backend(task: PolicyInterface, views: Views | None) -> Backend:
        arms, sims, period = settings.num_arms, settings.num_sims, task.control_period
        appearance = None if views is None else looks

        def connect(namespace: str, num_arms: int) -> RosBackend:
            return RosBackend(
                task.robot,
                num_arms,
                period,
                namespace=namespace,
                ros_arguments=ros,
                stopped=stop.is_set,
                views=views,
            )

        if given.sim == "own" and sims > 1:
            return ManagedShardedBackend(
                task, settings.model, arms, sims, stop.is_set, views, appearance
            )
        if given.sim == "own":
            return ManagedSimulatorBackend(
                task, settings.model, arms, stop.is_set, views=views, appearance=appearance
            )
        if given.sim == "external":
            return ShardedRosBackend(arms, sims, connect) if sims > 1 else connect("", arms)
        return InProcessBackend(task.robot, arms, period, views=views, appearance=appearance)

    resume = given.resume is not None
    try:
        with run.locked():
            if vision is not None and not vision.end_to_end:
                result = train_vision_policy(settings, run, make_backend, resume=resume, stop=stop)
            else:
                views = None if vision is None else vision.views(load_robot(settings.model))
                result = train(
                    settings, run, lambda task: make_backend(task, views), resume=resume, stop=stop
                )
    except SimulatorLost as error:
        raise UserError(f"{error} The run is in {run.path}.") from error
    except OSError as error:  # TensorBoard's writer, when the disk is full.
        raise UserError(f"Can't write to {run.path}: {error.strerror or error}.") from error
    print(
        f"{'Finished' if result.finished else 'Stopped'} after {result.steps:,} steps, "
        f"{result.seconds:.1f} s, {result.steps_per_second:,.0f} arm-steps/s"
    )
    if (outcomes := result.outcomes) is not None:
        mean = seconds_or_dash(outcomes.time_to_reach)
        print(f"Success on unseen targets {outcomes.interval}, in {mean}")
    if not result.finished:
        print(f"Go on with: ./arm train --resume {run.path}")
    return result


def main() -> None:
    """Entry point of `ros2 run arm_trainer train`."""
    render_on_calling_thread()

    def command(stop: threading.Event) -> None:
        run_training(sys.argv[1:], stop)

    sys.exit(run_command("train", command))


if __name__ == "__main__":
    main()
