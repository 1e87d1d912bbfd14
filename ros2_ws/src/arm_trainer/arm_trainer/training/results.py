"""Final files of a training: last model, bundle of the best model, its figures, and a curve."""

from collections.abc import Callable

from arm_trainer.algorithms.registry import find_algorithm
from arm_trainer.backends.camera_views import Views
from arm_trainer.envs.policy_interface import PolicyInterface
from arm_trainer.evaluation.judgement import Judgement
from arm_trainer.evaluation.plots import draw_curve
from arm_trainer.policies.onnx_export import export_bundle
from arm_trainer.training.checkpoint import load_model, save_model
from arm_trainer.training.config import TrainingSettings
from arm_trainer.training.evaluate_and_checkpoint import EvaluateAndCheckpoint
from arm_trainer.training.final_judgement import judge_bundle
from arm_trainer.training.run_folder import RunFolder


def write_results(
    settings: TrainingSettings,
    run: RunFolder,
    interface: PolicyInterface,
    views: Views | None,
    evaluator: EvaluateAndCheckpoint,
    log: Callable[[str], None],
) -> Judgement:
    """Writes the final files of a training that is finished.

    Args:
        settings: The run's settings.
        run: The run's folder.
        interface: What the policy observes and does.
        views: The policy's cameras; None for a policy without.
        evaluator: The training's evaluations and its model.
        log: Called with a line for the user.

    Returns:
        The judgement of the policy bundle.

    Raises:
        UserError: If a file can't be written.
    """
    save_model(evaluator.model, run.final_model)
    # The bundle, which is deployed, is made of the best model, not of the last.
    best = load_model(run.best_model, settings.algorithm)
    training = {
        "algorithm": settings.algorithm,
        "run": run.path.name,
        "seed": settings.seed,
        "steps": int(evaluator.best_row["steps"]),
    }
    difference = export_bundle(best, interface, run.bundle, training, views)
    log(f"ONNX Runtime's actions differ from PyTorch's by at most {difference:.1e}")
    title = f"{find_algorithm(settings.algorithm).label}, {interface.robot.name}"
    draw_curve(run.evaluations, run.curve, title)
    return judge_bundle(settings, run)
