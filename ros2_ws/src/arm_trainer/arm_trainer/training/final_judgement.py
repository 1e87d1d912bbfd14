"""The judgement at the end of a training: of the policy bundle, as `evaluate` judges it."""

import json
from contextlib import closing

from arm_sim.common.atomic_files import write_text
from arm_trainer.backends.in_process import InProcessBackend
from arm_trainer.envs.batch_env import BatchEnv
from arm_trainer.evaluation.judgement import Judgement, arms_for, judge
from arm_trainer.policies.bundle import Policy
from arm_trainer.policies.onnx_export import record_training
from arm_trainer.training.config import TrainingSettings
from arm_trainer.training.run_folder import RunFolder


def judge_bundle(settings: TrainingSettings, run: RunFolder) -> Judgement:
    """Judges a run's bundle on unseen targets, and records the figures in it and in summary.json.

    It is judged in-process, which gives the numbers that `evaluate` gives over ROS.

    Args:
        settings: The run's settings; there are twice as many targets as evaluation episodes.
        run: The run's folder, with its bundle.

    Raises:
        UserError: If a file can't be written.
    """
    policy, robot = Policy(run.bundle), settings.source.load()
    interface = policy.interface_for(robot)
    targets = 2 * settings.evaluation_episodes
    arms = arms_for(targets)
    backend = InProcessBackend(robot, arms, interface.control_period, views=policy.views)
    with closing(backend):
        env = BatchEnv(interface, backend, (0.0, 0.0), policy.views)
        judgement, _ = judge(env, policy.act, targets)
    figures = judgement.figures()
    record_training(run.bundle, figures)
    write_text(run.summary, json.dumps(figures, indent=1) + "\n")
    return judgement
