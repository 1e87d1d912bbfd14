"""What several benchmarks share: environments, timing, trainings, Markdown tables."""

import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from arm_sim.scene.loader import RobotSource, load_robot
from arm_sim.simulation.sim_config import SimConfig
from arm_trainer.actions.registry import ACTIONS
from arm_trainer.backends.backend import Backend
from arm_trainer.backends.camera_views import Views
from arm_trainer.backends.in_process import InProcessBackend
from arm_trainer.envs.policy_interface import PolicyInterface
from arm_trainer.policies.bundle import Policy
from arm_trainer.ros.managed_simulator import ManagedSimulatorBackend
from arm_trainer.tasks.reach import Reach, ReachConfig
from arm_trainer.tasks.registry import TASKS
from arm_trainer.tasks.task import source_for
from arm_trainer.training.config import TrainingSettings
from arm_trainer.training.run_folder import RunFolder
from arm_trainer.training.trainer import TrainingResult, train

MODEL = "fetch_arm"
# Makes the backend of a task for a number of arms, with or without cameras.
MakeBackend = Callable[[PolicyInterface, int, Views | None], Backend]


def reach_interface(config: ReachConfig | None = None, model: str = MODEL) -> PolicyInterface:
    """Returns the reach task of a robot, by default with the default settings."""
    return PolicyInterface(Reach(load_robot(model), config))


def task_interface(name: str) -> PolicyInterface:
    """Returns a task of the usual robot, with its objects and its own action."""
    task = TASKS.find(name)
    config = task.config_class()
    source = source_for(RobotSource(MODEL), task, config)
    return PolicyInterface(task(source.load(), config), ACTIONS.find(task.action))


def in_process(interface: PolicyInterface, arms: int, views: Views | None = None) -> Backend:
    """Returns a backend that simulates the arms in this process."""
    return InProcessBackend(interface.robot, arms, interface.control_period, views=views)


def sim_config(interface: PolicyInterface, arms: int) -> SimConfig:
    """Returns the settings of a simulator of so many arms for a task."""
    task = interface.task
    source = source_for(RobotSource(MODEL), type(task), task.config)
    rate = task.config.control_rate
    return SimConfig().replace(**source.as_parameters(), num_arms=arms, control_rate=rate)


def over_ros(interface: PolicyInterface, arms: int, views: Views | None = None) -> Backend:
    """Returns a backend that starts a simulator in another process and talks to it over ROS."""
    return ManagedSimulatorBackend(interface.robot, sim_config(interface, arms), views=views)


def time_calls(call: Callable[[], object], calls: int, warm_up: int) -> np.ndarray:
    """Returns (calls,) seconds that each call took, after `warm_up` calls that do not count."""
    for _ in range(warm_up):
        call()
    seconds = np.empty(calls)
    for i in range(calls):
        began = time.perf_counter()
        call()
        seconds[i] = time.perf_counter() - began
    return seconds


@contextmanager
def trained(
    settings: TrainingSettings, make_backend: MakeBackend
) -> Iterator[tuple[TrainingResult, Policy]]:
    """Trains without output, and gives the result and the policy; the run folder is temporary."""
    with tempfile.TemporaryDirectory() as folder:
        run = RunFolder.create(Path(folder), "bench", settings.algorithm)

        def arms(interface: PolicyInterface) -> Backend:
            return make_backend(interface, settings.num_arms, None)

        result = train(settings, run, arms, log=lambda line: None)
        yield result, Policy(run.bundle)


def whole_numbers(text: str) -> list[int]:
    """Returns the numbers of a comma-separated list, such as '1,16,64'."""
    return [int(number) for number in text.split(",") if number]


def print_row(cells: Iterable[object]) -> None:
    """Prints one row of a Markdown table, at once, as the next one may take minutes."""
    print("| " + " | ".join(str(cell) for cell in cells) + " |", flush=True)


def print_header(*cells: str) -> None:
    """Prints the first two rows of a Markdown table."""
    print_row(cells)
    print_row(["---"] * len(cells))
