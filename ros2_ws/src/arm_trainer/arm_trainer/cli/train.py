"""`train`: trains a policy over ROS topics, by default against a simulator of its own."""

import sys
import threading

from arm_sim.common.command import run_command
from arm_sim.common.errors import UserError
from arm_trainer.backends.backend import SimulatorLost
from arm_trainer.cli import simulators, train_options
from arm_trainer.cli.arguments import split_ros_arguments
from arm_trainer.cli.compare import run_compare
from arm_trainer.cli.process_setup import keep_freed_memory, set_up_torch_process
from arm_trainer.evaluation.judgement import of_outcomes
from arm_trainer.training.config import TrainingSettings
from arm_trainer.training.run_folder import RunFolder
from arm_trainer.training.trainer import TrainingResult, train
from arm_trainer.vision.distillation import train_vision_policy
from arm_trainer.vision.end_to_end import end_to_end_options


def run_training(arguments: list[str], stop: threading.Event) -> TrainingResult | None:
    """Trains as a command line says; see `train --help`.

    Args:
        arguments: The command line.
        stop: When set, the training ends with a checkpoint.

    Returns:
        The result; None after a comparison.

    Raises:
        UserError: If the command line is wrong, or the training fails.
    """
    ours, ros_arguments = split_ros_arguments(arguments)
    given = train_options.parser(__doc__).parse_args(ours)
    if given.compare:
        run_compare(train_options.compare_arguments(given), stop)
        return None
    if given.compare_steps is not None:
        raise UserError("--compare-steps: only with --compare; a training's are --steps.")
    resume = given.resume is not None
    settings = (train_options.saved_settings if resume else train_options.new_settings)(given)
    simulators.check_choice(given.sim, settings)
    make_backend = simulators.MakeBackend(given.sim, settings, ros_arguments, stop.is_set)
    if resume:
        run = RunFolder.open(given.resume)
    else:
        robot = settings.source.load().name
        run = RunFolder.create(given.log_dir, robot, settings.algorithm)
    result = _run(settings, run, make_backend, resume, stop)
    _print_result(result, settings)
    return result


def _run(
    settings: TrainingSettings,
    run: RunFolder,
    make_backend: simulators.MakeBackend,
    resume: bool,
    stop: threading.Event,
) -> TrainingResult:
    """Trains the kind of policy that the settings ask for, in a locked run folder."""
    vision = settings.vision
    if vision is not None:
        keep_freed_memory()
    try:
        with run.locked():
            if vision is not None and not vision.end_to_end:
                return train_vision_policy(settings, run, make_backend, resume=resume, stop=stop)
            views = None if vision is None else vision.views(settings.source.load())
            buffer_size = settings.learner.get("buffer_size")
            return train(
                settings,
                run,
                lambda interface: make_backend(interface, views),
                resume=resume,
                stop=stop,
                options=None if views is None else end_to_end_options(views, buffer_size),
            )
    except SimulatorLost as error:
        raise UserError(f"{error} The run is in {run.path}.") from error
    except OSError as error:  # From TensorBoard's writer, when the disk is full.
        raise UserError(f"Can't write to {run.path}: {error.strerror or error}.") from error


def _print_result(result: TrainingResult, settings: TrainingSettings) -> None:
    print(
        f"{'Finished' if result.finished else 'Stopped'} after {result.steps:,} steps, "
        f"{result.seconds:.1f} s, {result.steps_per_second:,.0f} arm-steps/s"
    )
    if result.judgement is not None:
        print("\n".join(result.judgement.lines()))
    elif result.outcomes is not None:
        print(f"Last evaluation: {of_outcomes(result.outcomes).headline()}")
    if not result.finished:
        print(f"Go on with: ./arm train --resume {result.run.path}")
    else:
        print(f"Next: ./arm evaluate {result.run.path} --deployed{_own_classes(settings)}")


def _own_classes(settings: TrainingSettings) -> str:
    """The options by which other commands find the user's own task and action."""
    own = {"task": settings.task, "action": settings.action}
    return "".join(f" --{kind} {name}" for kind, name in own.items() if ".py:" in name)


def main() -> None:
    """Entry point of `ros2 run arm_trainer train`."""
    set_up_torch_process()

    def command(stop: threading.Event) -> None:
        run_training(sys.argv[1:], stop)

    sys.exit(run_command("train", command))


if __name__ == "__main__":
    main()
