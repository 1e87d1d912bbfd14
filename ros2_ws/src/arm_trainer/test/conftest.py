"""What the tests of this package share."""

from collections.abc import Callable

import pytest

from arm_sim.robot.robot import Robot
from arm_trainer.actions.action import Action
from arm_trainer.actions.joint_increments import JointIncrements
from arm_trainer.actions.tool_increments import ToolIncrements
from arm_trainer.backends.in_process import InProcessBackend
from arm_trainer.cli.process_setup import set_up_torch_process
from arm_trainer.envs.batch_env import BatchEnv
from arm_trainer.envs.policy_interface import PolicyInterface
from arm_trainer.tasks.reach import Reach, ReachConfig
from arm_trainer.tasks.seeding import training_generator
from support.package_fixtures import built_in_robot, own_ros_home, software_rendering  # noqa: F401

MakeEpisodes = Callable[..., BatchEnv]


@pytest.fixture(autouse=True, scope="session")
def process_setup() -> None:
    """Renders and computes as the commands do."""
    set_up_torch_process()


@pytest.fixture(scope="session")
def interface(robot: Robot) -> PolicyInterface:
    """Reach with its default settings and action."""
    return PolicyInterface(Reach(robot))


@pytest.fixture(scope="session")
def joint_interface(robot: Robot) -> PolicyInterface:
    """Reach with an output for each of the seven arm joints."""
    return PolicyInterface(Reach(robot), JointIncrements)


@pytest.fixture
def make_episodes(robot: Robot) -> MakeEpisodes:
    """Makes seeded episodes of some arms in this process, of reach with these settings."""

    def make(
        num_arms: int, seed: int = 0, action: type[Action] = ToolIncrements, **reach: float
    ) -> BatchEnv:
        own = PolicyInterface(Reach(robot, ReachConfig(**reach)), action)
        episodes = BatchEnv(own, InProcessBackend(robot, num_arms, own.control_period, threads=1))
        episodes.seed(training_generator(seed))
        return episodes

    return make
