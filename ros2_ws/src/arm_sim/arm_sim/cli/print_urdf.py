"""`print_urdf`: prints a robot as URDF, as robot_state_publisher takes it."""

import argparse
import sys
import threading

from arm_sim.common.command import run_command
from arm_sim.robot.urdf import urdf
from arm_sim.scene.loader import load_robot


def main() -> None:
    """Entry point of `ros2 run arm_sim print_urdf`."""

    def command(_stop: threading.Event) -> None:
        parser = argparse.ArgumentParser(prog="print_urdf", description="Prints a robot as URDF.")
        parser.add_argument("model", help="name of a built-in robot, or path to a robot file")
        parser.add_argument("scene", nargs="?", default="", help="path to a scene YAML")
        given = parser.parse_args()
        print(urdf(load_robot(given.model, given.scene)))

    sys.exit(run_command("print_urdf", command))


if __name__ == "__main__":
    main()
