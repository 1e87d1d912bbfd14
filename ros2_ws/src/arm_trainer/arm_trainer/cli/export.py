"""`export`: writes a policy bundle from any checkpoint of a run, and checks it against PyTorch."""

import sys
from pathlib import Path

from arm_sim.common.command import run_command
from arm_sim.common.errors import UserError
from arm_trainer.cli.arguments import CommandLine, split_ros_arguments
from arm_trainer.cli.process_setup import set_up_torch_process
from arm_trainer.policies.bundle_files import find_bundle, is_bundle_folder
from arm_trainer.policies.onnx_export import export_bundle
from arm_trainer.training.checkpoint import load_model
from arm_trainer.training.config import read_settings
from arm_trainer.training.run_folder import RunFolder


def _parser() -> CommandLine:
    parser = CommandLine(prog="export", description=__doc__)
    parser.add_argument("run", type=Path, help="run folder; its zip files are unpickled")
    parser.add_argument(
        "--checkpoint",
        default="best",
        help="best, final, or the number of steps of a checkpoint (default: %(default)s)",
    )
    parser.add_argument("--output", type=Path, help="the bundle's folder (default: RUN/policy)")
    return parser


def choose_checkpoint(run: RunFolder, wanted: str) -> Path:
    """Returns the model file of a run that has a name.

    Args:
        run: The run.
        wanted: 'best', 'final', or a checkpoint's number of steps.

    Raises:
        UserError: If the run has none of that name.
    """
    files = {"best": run.best_model, "final": run.final_model}
    files |= {str(steps): file for steps, file in run.checkpoints()}
    there = {name: file for name, file in files.items() if file.is_file()}
    if wanted not in there:
        raise UserError(
            f"{run.path} has no checkpoint '{wanted}' (valid: {', '.join(there) or 'none yet'})."
        )
    return there[wanted]


def run_export(arguments: list[str]) -> None:
    """Exports as a command line says; see `export --help`.

    Raises:
        UserError: If the command line is wrong, or the run has no such checkpoint.
    """
    ours, _ = split_ros_arguments(arguments)
    given = _parser().parse_args(ours)
    run = RunFolder.open(given.run)
    settings = read_settings(run.settings)
    robot, vision = settings.source.load(), settings.vision
    if vision is not None and not vision.end_to_end:
        raise UserError(
            f"{run.path} was trained with a teacher and an encoder and has no other checkpoint: "
            f"its bundle is {find_bundle(run.path)}."
        )
    file = choose_checkpoint(run, given.checkpoint)
    model = load_model(file, settings.algorithm)
    interface = settings.interface(robot, target_in_observation=vision is None)
    training = {
        "algorithm": settings.algorithm,
        "run": run.path.name,
        "seed": settings.seed,
        "checkpoint": given.checkpoint,
        "steps": model.num_timesteps,
    }
    bundle = given.output or run.bundle
    if bundle.is_dir() and not is_bundle_folder(bundle):
        raise UserError(f"{bundle} holds other files than a policy's; give a folder of its own.")
    difference = export_bundle(
        model, interface, bundle, training, None if vision is None else vision.views(robot)
    )
    print(f"{file.name}, {model.num_timesteps:,} steps, as {bundle}")
    print(f"Actions differ from PyTorch's by at most {difference:.2g}")


def main() -> None:
    """Entry point of `ros2 run arm_trainer export`."""
    set_up_torch_process()
    sys.exit(run_command("export", lambda stop: run_export(sys.argv[1:])))


if __name__ == "__main__":
    main()
