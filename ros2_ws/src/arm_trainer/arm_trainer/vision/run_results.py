"""Final files of a vision policy's run: policy bundle, learning curve, picture of the estimates."""

from collections.abc import Callable

from arm_trainer.envs.batch_env import BatchEnv
from arm_trainer.evaluation.judgement import Judgement
from arm_trainer.evaluation.plots import draw_curve
from arm_trainer.policies.onnx_export import export_bundle
from arm_trainer.training.config import TrainingSettings
from arm_trainer.training.final_judgement import judge_bundle
from arm_trainer.training.run_folder import RunFolder
from arm_trainer.vision.estimate_plot import draw_estimates
from arm_trainer.vision.vision_policy import VisionPolicy


def write_results(
    policy: VisionPolicy,
    env: BatchEnv,
    settings: TrainingSettings,
    run: RunFolder,
    log: Callable[[str], None],
) -> Judgement:
    """Writes the final files into the run's folder.

    Args:
        policy: The trained policy.
        env: The arms that it was evaluated on.
        settings: The run's settings, with `vision`.
        run: The run's folder, with evaluations.csv.
        log: Gets progress messages, one line each.

    Returns:
        The judgement of the policy bundle.

    Raises:
        UserError: If a file can't be written.
    """
    assert settings.vision is not None
    summary = {
        "algorithm": settings.algorithm,
        "run": run.path.name,
        "seed": settings.seed,
        "steps": settings.steps,
        "frames": settings.vision.frames,
        "epochs": settings.vision.epochs,
    }
    difference = export_bundle(policy, env.interface, run.bundle, summary, env.views)
    log(f"ONNX Runtime's outputs differ from PyTorch's by at most {difference:.1e}")
    title = f"{settings.algorithm.upper()} from camera images, {env.interface.robot.name}"
    draw_curve(run.evaluations, run.curve, title, against="epoch")
    draw_estimates(policy, env, run.path / "sight.png")
    return judge_bundle(settings, run)
