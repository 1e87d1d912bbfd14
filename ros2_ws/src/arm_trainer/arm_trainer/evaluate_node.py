"""`evaluate`: a run's policy on unseen targets, through the ROS graph."""

import sys
import threading
from pathlib import Path

from tqdm import tqdm

from arm_sim.errors import UserError
from arm_sim.process import run_command
from arm_sim.robot import load_robot
from arm_trainer.bundle import Policy, find_bundle
from arm_trainer.command_line import CommandLine, split_ros_arguments
from arm_trainer.episodes import Episodes
from arm_trainer.evaluation import Outcomes, episodes_csv, run_episodes, summary
from arm_trainer.ros_backend import SimulatorLost
from arm_trainer.ros_own_simulator import OwnSimulatorBackend
from arm_trainer.run_folder import write_text
from arm_trainer.task import evaluation_generator


def _parser() -> CommandLine:
    parser = CommandLine(prog="evaluate", description=__doc__)
    parser.add_argument("run", type=Path, help="run folder, or policy bundle")
    parser.add_argument("--episodes", type=int, default=500, help="default: %(default)s")
    parser.add_argument("--seed", type=int, default=0, help="which targets (default: %(default)s)")
    parser.add_argument("--num-arms", type=int, default=50, help="at once (default: %(default)s)")
    parser.add_argument("--model", default="fetch_arm", help="robot (default: %(default)s)")
    parser.add_argument("--output", type=Path, help="CSV (default: RUN/episodes.csv)")
    return parser


def evaluate(
    bundle: Path, model: str, episodes: int, num_arms: int, seed: int, stop: threading.Event
) -> Outcomes:
    """Runs a policy bundle over ROS, against a simulator of its own.

    Raises:
        UserError: If the bundle is wrong, or the simulator is lost.
        Stopped: If `stop` is set.
    """
    policy = Policy(bundle)
    task = policy.task_for(load_robot(model))
    try:
        backend = OwnSimulatorBackend(task, model, min(num_arms, episodes), stop.is_set)
        try:
            with tqdm(total=episodes, unit="episode") as bar:

                def on_progress(done: int, succeeded: int) -> None:
                    bar.set_postfix(success=f"{succeeded / done:.1%}", refresh=False)
                    bar.update(done - bar.n)

                arms = Episodes(task, backend)
                return run_episodes(
                    arms, policy.act, episodes, evaluation_generator(seed), on_progress
                )
        finally:
            backend.close()
    except SimulatorLost as error:
        raise UserError(str(error)) from error


def main() -> None:
    """Entry point of `ros2 run arm_trainer evaluate`."""

    def command(stop: threading.Event) -> None:
        ours, _ = split_ros_arguments(sys.argv[1:])
        given = _parser().parse_args(ours)
        if given.episodes < 1 or given.num_arms < 1 or given.seed < 0:
            raise UserError("--episodes and --num-arms must be at least 1, --seed at least 0.")
        bundle = find_bundle(given.run)
        outcomes = evaluate(bundle, given.model, given.episodes, given.num_arms, given.seed, stop)
        output = given.output or given.run / "episodes.csv"
        write_text(output, episodes_csv(outcomes))
        print("\n".join(f"  {name:<26} {value}" for name, value in summary(outcomes)))
        print(f"  {'episodes':<26} {output}")

    sys.exit(run_command("evaluate", command))


if __name__ == "__main__":
    main()
