"""`demo`: trains a policy over ROS, deploys it as a controller node, and shows the results."""

import sys
import threading
import time
from pathlib import Path

from arm_sim.common.command import run_command
from arm_sim.rendering.web_viewer import free_port
from arm_sim.simulation.sim_config import SimConfig
from arm_trainer.algorithms.registry import DEFAULT_ALGORITHM
from arm_trainer.cli.arguments import (
    CommandLine,
    own_class,
    require_at_least_one,
    robot_model,
    split_ros_arguments,
)
from arm_trainer.cli.process_setup import set_up_torch_process
from arm_trainer.cli.train import run_training
from arm_trainer.evaluation.trials import Trial, judge_trials, time_to_reach
from arm_trainer.ros.deployed_evaluation import run_deployed
from arm_trainer.ros.film import Film
from arm_trainer.training.config import TrainingSettings, load_settings, read_settings
from arm_trainer.training.trainer import TrainingResult

_CAMERA = "front_camera"
_FRAME_RATE = 10.0  # Hz of simulated time


def parser() -> CommandLine:
    """Returns the command line's parser."""
    parser = CommandLine(prog="demo", description=__doc__)
    parser.add_setting(TrainingSettings, "task", convert=own_class)
    parser.add_setting(TrainingSettings, "model", convert=robot_model)
    parser.add_setting(TrainingSettings, "steps", before="of the training: ", default="the task's")
    parser.add_argument(
        "--targets", type=int, default=20, help="targets to send (default: %(default)s)"
    )
    parser.add_setting(TrainingSettings, "seed", before="of the training: ")
    parser.add_log_dir("where the run goes")
    return parser


def run_demo(arguments: list[str], stop: threading.Event) -> None:
    """Runs the demo as its command line says; see `demo --help`.

    Raises:
        UserError: If the command line is wrong, or training or deployment fails.
    """
    ours, _ = split_ros_arguments(arguments)
    given = parser().parse_args(ours)
    require_at_least_one(given, "steps", "targets")
    names = ("task", "model", "steps", "seed", "log_dir")
    options = {name.replace("_", "-"): getattr(given, name) for name in names}
    arms = load_settings(DEFAULT_ALGORITHM.name, task=given.task).num_arms
    print(f"1/2  Training {DEFAULT_ALGORITHM.label} over ROS topics, {arms} arms in lockstep")
    trained = run_training(
        [f"--{name}={value}" for name, value in options.items() if value is not None], stop
    )
    assert trained is not None
    if not trained.finished:
        return
    print("2/2  The policy as a controller node, in real time")
    film = Film(_FRAME_RATE)
    began = time.monotonic()
    trials = _deploy(trained, given.targets, film, stop)
    seconds = time.monotonic() - began
    if not trials:
        return
    animation = trained.run.path / "deployed.gif"
    film.write(animation)
    _print_summary(trained, trials, seconds, animation)


def _deploy(
    trained: TrainingResult, targets: int, film: Film, stop: threading.Event
) -> list[Trial]:
    """Sends unseen targets to the deployed policy, shown in a browser and recorded in `film`."""
    web_port = free_port()
    print(f"     live in a browser on this machine: http://127.0.0.1:{web_port}/")
    settings = read_settings(trained.run.settings)
    trials, _ = run_deployed(
        settings.interface(settings.source.load()),
        trained.run.path,
        settings.source,
        targets,
        stop,
        simulator=SimConfig().replace(
            camera_rate=_FRAME_RATE, image={"quality": "high"}, web_port=web_port
        ),
        camera=_CAMERA,
        on_image=film.add,
    )
    return trials


def _print_summary(
    trained: TrainingResult, trials: list[Trial], seconds: float, animation: Path
) -> None:
    limits, judgement = read_settings(trained.run.settings).task_config, trained.judgement
    assert judgement is not None
    deployed = judge_trials(trials, judgement.figures())
    rows = [
        ("steps", f"{trained.steps:,}"),
        ("training", f"{trained.seconds:.1f} s, {trained.steps_per_second:,.0f} arm-steps/s"),
        ("success in a row", f"{judgement.in_a_row} of {judgement.targets} unseen targets"),
        ("deployed", f"{deployed.in_a_row} of {deployed.targets} unseen targets in a row"),
        ("success is", f"within {limits.tolerance * 100:g} cm for {limits.hold_periods} periods"),
        ("time to reach", f"{time_to_reach(trials)} deployed"),
        ("deployed for", f"{seconds:.1f} s"),
        ("picture", str(animation)),
        ("curve", str(trained.run.curve)),
    ]
    width = max(len(name) for name, _ in rows)
    print("\n".join(f"  {name:<{width}}  {value}" for name, value in rows))


def main() -> None:
    """Entry point of `ros2 run arm_trainer demo`."""
    set_up_torch_process()
    sys.exit(run_command("demo", lambda stop: run_demo(sys.argv[1:], stop)))


if __name__ == "__main__":
    main()
