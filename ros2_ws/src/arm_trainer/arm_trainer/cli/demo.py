"""`demo`: trains a policy over ROS, deploys it as a controller node, and shows what came of it."""

import sys
import threading
import time
from pathlib import Path

from cv_bridge import CvBridge
from PIL import Image as Picture
from sensor_msgs.msg import Image

from arm_sim.common.atomic_files import atomic_write
from arm_sim.common.command import run_command
from arm_sim.common.errors import UserError
from arm_sim.rendering.software_rendering import render_on_calling_thread
from arm_sim.rendering.web_viewer import free_port
from arm_sim.robot.loader import load_robot
from arm_trainer.cli.arguments import CommandLine, split_ros_arguments
from arm_trainer.cli.train import run_training
from arm_trainer.envs.policy_interface import PolicyInterface
from arm_trainer.evaluation.outcomes import seconds_or_dash
from arm_trainer.evaluation.trials import success_of, time_to_reach
from arm_trainer.ros.deployed_evaluation import run_deployed
from arm_trainer.tasks.reach import Reach
from arm_trainer.training.config import read_settings

_CAMERA = "front_camera"
_FRAME_RATE = 10.0  # Hz of simulated time


def _parser() -> CommandLine:
    parser = CommandLine(prog="demo", description=__doc__)
    parser.add_argument(
        "--steps", type=int, default=100_000, help="training steps (default: %(default)s)"
    )
    parser.add_argument(
        "--targets", type=int, default=20, help="targets to send (default: %(default)s)"
    )
    parser.add_argument(
        "--seed", type=int, default=0, help="seed of the training (default: %(default)s)"
    )
    parser.add_argument(
        "--log-dir", type=Path, default=Path("logs"), help="where runs go (default: logs)"
    )
    return parser


class Film:
    """Collects a camera's images and writes them as an animated picture."""

    def __init__(self) -> None:
        """Begins without a frame."""
        self._bridge = CvBridge()
        self._frames: list[Picture.Image] = []

    def add(self, message: Image) -> None:
        """Adds an image."""
        self._frames.append(Picture.fromarray(self._bridge.imgmsg_to_cv2(message, "rgb8")))

    def write(self, path: Path) -> None:
        """Writes a GIF that runs at the speed of simulated time.

        Raises:
            UserError: If there is no frame, or it can't be written.
        """
        if not self._frames:
            raise UserError("No camera image arrived, so there is no animated picture.")
        frames = [frame.quantize(64, Picture.Quantize.FASTOCTREE) for frame in self._frames]
        with atomic_write(path) as temporary:
            frames[0].save(
                temporary,
                format="GIF",
                save_all=True,
                append_images=frames[1:],
                duration=round(1000 / _FRAME_RATE),
                loop=0,
            )


def _table(rows: list[tuple[str, str]]) -> str:
    width = max(len(name) for name, _ in rows)
    return "\n".join(f"  {name:<{width}}  {value}" for name, value in rows)


def run_demo(arguments: list[str], stop: threading.Event) -> None:
    """Runs the demo as its command line says.

    Raises:
        UserError: If it is wrong, or something fails on the way.
    """
    ours, _ = split_ros_arguments(arguments)
    given = _parser().parse_args(ours)
    for name in ("steps", "targets"):
        if getattr(given, name) < 1:
            raise UserError(f"--{name} is {getattr(given, name)}; it must be at least 1.")
    print("1/2  Training PPO over ROS topics, 16 arms in lockstep")
    trained = run_training(
        [f"--steps={given.steps}", f"--seed={given.seed}", f"--log-dir={given.log_dir}"], stop
    )
    assert trained is not None
    if not trained.finished or trained.outcomes is None:
        return
    print("2/2  The policy as a controller node, in real time")
    film = Film()
    web_port = free_port()
    print(f"     live in a browser on this machine: http://127.0.0.1:{web_port}/")
    began = time.monotonic()
    settings = read_settings(trained.run.settings)
    trials, _ = run_deployed(
        PolicyInterface(Reach(load_robot(settings.model), settings.reach)),
        trained.run.path,
        settings.model,
        given.targets,
        stop,
        simulator={
            "camera_rate": _FRAME_RATE,
            "image_quality": "high",
            "web_port": web_port,
        },
        camera=_CAMERA,
        on_image=film.add,
    )
    seconds = time.monotonic() - began
    if not trials:
        return
    animation = trained.run.path / "deployed.gif"
    film.write(animation)
    limits = settings.reach
    outcomes = trained.outcomes
    mean = time_to_reach(trials)
    rows = [
        ("steps", f"{trained.steps:,}"),
        ("training", f"{trained.seconds:.1f} s, {trained.steps_per_second:,.0f} arm-steps/s"),
        ("success in training", f"{outcomes.interval} of {len(outcomes.success)} unseen targets"),
        ("success deployed", f"{success_of(trials)} of {len(trials)} unseen targets"),
        ("success is", f"within {limits.tolerance * 100:g} cm for {limits.hold_periods} periods"),
        (
            "time to reach",
            f"{seconds_or_dash(outcomes.time_to_reach)} in training, {mean} deployed",
        ),
        ("deployed for", f"{seconds:.1f} s"),
        ("picture", str(animation)),
        ("curve", str(trained.run.curve)),
    ]
    print(_table(rows))


def main() -> None:
    """Entry point of `ros2 run arm_trainer demo`."""
    render_on_calling_thread()

    def command(stop: threading.Event) -> None:
        run_demo(sys.argv[1:], stop)

    sys.exit(run_command("demo", command))


if __name__ == "__main__":
    main()
