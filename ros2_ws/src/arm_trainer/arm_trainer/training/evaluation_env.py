"""Environment for the evaluations during a training."""

import math

from arm_trainer.backends.camera_views import Views
from arm_trainer.backends.in_process import InProcessBackend
from arm_trainer.envs.batch_env import BatchEnv
from arm_trainer.envs.policy_interface import PolicyInterface
from arm_trainer.training.config import TrainingSettings

# Targets that an arm goes to one after the other in an evaluation during a training. With more,
# fewer arms at once share them, and the evaluation takes longer.
_TARGETS_IN_A_ROW = 10
# Above these numbers, more arms at once no longer save time on a few cores; with cameras, their
# frames would not fit in the caches.
_MOST_ARMS = 100
_MOST_ARMS_WITH_CAMERAS = 20


def make_evaluation_env(
    settings: TrainingSettings, interface: PolicyInterface, views: Views | None
) -> BatchEnv:
    """Returns an in-process environment that a training is evaluated in.

    In-process it gives the same numbers as over ROS, to the bit, and does not disturb the arms that
    are trained. Colours and light vary in other ways than in training.
    """
    most = _MOST_ARMS if views is None else _MOST_ARMS_WITH_CAMERAS
    arms = min(math.ceil(settings.evaluation_episodes / _TARGETS_IN_A_ROW), most)
    looks = settings.appearance(unseen=True)
    backend = InProcessBackend(
        interface.robot, arms, interface.control_period, views=views, appearance=looks
    )
    return BatchEnv(interface, backend, views=views)
