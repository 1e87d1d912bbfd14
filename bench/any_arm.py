"""Checks, trains, evaluates and deploys every robot in a folder, and prints a table.

    source scripts/activate.sh && python bench/any_arm.py FOLDER

Robot files are the MJCF and URDF files in the folder and its subfolders that `check_robot` can use;
the others are listed with the reason. Single files can be named too. For each robot and seed it
runs `./arm train`, which ends with 200 targets in a row, `./arm evaluate --exact` (the same in the
file's own timestep and collisions) and `./arm evaluate --deployed` (100 in a row through the
controller node). Results are added to `any_arm.json` in the log folder as they come, and robots
that are in it already are not run again. `--check` only checks, and measures the physics: arm-steps
per second of one core, as a ratio to the Fetch's, in turns in one run.
"""

import argparse
import json
import subprocess
import time
from pathlib import Path

import numpy as np
from common import print_header, print_row

from arm_sim.common.errors import UserError
from arm_sim.robot.robot import Robot
from arm_sim.scene.loader import load_robot
from arm_sim.simulation.simulation import Simulation
from arm_sim.validation.report import check_robot

ARMS, TURNS, STEPS_PER_TURN = 16, 6, 40
CHECKED = ("robot", "arm joints", "gripper", "tool", "timestep, ms", "warnings", "physics, × Fetch")
TRAINED = ("robot", "seed", "training, s", "in a row", "exact", "deployed")


def robot_files(names: list[Path]) -> list[Path]:
    """Returns the files that may be robots, by name."""
    kinds = ("*.xml", "*.urdf")
    found = [f for name in names for kind in kinds for f in sorted(name.rglob(kind))]
    return [*found, *(name for name in names if name.is_file())]


class Physics:
    """Random motion of 16 arms on one core.

    Attributes:
        best: Arm-steps per second of CPU time in the fastest turn.
    """

    def __init__(self, robot: Robot) -> None:
        """Starts at home."""
        self._simulation = Simulation(robot, ARMS, threads=1)
        home = robot.home[robot.command_indices]
        random = np.random.default_rng(0)
        span = robot.velocity_limits[robot.command_indices] * 0.05
        ways = random.uniform(-1, 1, (STEPS_PER_TURN, ARMS, len(home))) * span
        self._commands = home + np.cumsum(ways, axis=0)
        self.best = 0.0

    def run_turn(self) -> None:
        """Steps from home, and updates `best`."""
        robot = self._simulation.robot
        self._simulation.place_arms(np.arange(ARMS), np.tile(robot.home, (ARMS, 1)))
        began = time.process_time()
        for commands in self._commands:
            self._simulation.step(commands)
        seconds = time.process_time() - began
        self.best = max(self.best, ARMS * STEPS_PER_TURN / seconds)


def check(file: Path, fetch: Physics) -> bool:
    """Prints a robot's row, or why it can't be used; returns whether it can."""
    try:
        report = check_robot(str(file))
    except UserError as error:
        print(f"\n{file.name}: {error}\n")
        return False
    if not report.usable or report.scene is None:
        errors = [finding.text for finding in report.findings if finding.level == "error"]
        print(f"\n{file.name}: {errors[0]}\n")
        return False
    robot, settings = report.scene.robot, report.scene.settings
    physics = Physics(robot)
    for _ in range(TURNS):
        fetch.run_turn()
        physics.run_turn()
    warnings = sum(finding.level == "warning" for finding in report.findings)
    gripper = ", ".join(settings.gripper_joints or ()) or "none"
    timestep, ratio = f"{1e3 * robot.model.opt.timestep:g}", f"{physics.best / fetch.best:.2f}"
    joints = str(len(robot.arm))
    print_row([label(file), joints, gripper, robot.tool_frame, timestep, str(warnings), ratio])
    return True


def label(file: Path) -> str:
    """Returns a short name of a robot file: with its folder, as many are called robot.xml."""
    return f"{file.parent.name}/{file.name}"


def measure(file: Path, seed: int, options: argparse.Namespace) -> dict[str, object]:
    """Trains, judges and deploys; returns the figures, and an error where a command failed."""
    logs = options.log_dir / f"{file.parent.name}_{file.stem}_{seed}"
    began = time.monotonic()
    train = ["train", f"--model={file}", f"--steps={options.steps}", f"--seed={seed}"]
    run_command([*train, f"--log-dir={logs}"])
    seconds = time.monotonic() - began
    (run,) = (path.parent for path in logs.glob("*/*/settings.yaml"))
    figures = {"robot": label(file), "seed": seed, "training, s": round(seconds)}
    figures["in a row"] = json.loads((run / "summary.json").read_text())["success_in_a_row"]
    for key, option in (("exact", "--exact"), ("deployed", "--deployed")):
        run_command(["evaluate", str(run), option, f"--output={run / key}.csv"])
        figures[key] = json.loads((run / f"{key}.json").read_text())["success_in_a_row"]
    return figures


def run_command(arguments: list[str]) -> None:
    """Runs an `./arm` command; raises `UserError` with its last line if it fails."""
    done = subprocess.run(["./arm", *arguments], capture_output=True, text=True, check=False)
    if done.returncode:
        raise UserError((done.stderr.strip() or "no output").splitlines()[-1])


def print_results(results: list[dict[str, object]]) -> None:
    """Prints the table of trained robots."""
    print_header(*TRAINED)
    for row in results:
        cells = [row.get(key, "–") for key in TRAINED]
        print_row([f"{c:.1%}" if isinstance(c, float) else str(c) for c in cells])


def main() -> None:
    """Runs the benchmark."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("names", type=Path, nargs="+", help="folders or robot files")
    parser.add_argument("--steps", type=int, default=200_000, help="of each training")
    parser.add_argument("--seeds", type=int, default=1, help="trainings of each robot")
    parser.add_argument("--check", action="store_true", help="check, without training")
    parser.add_argument("--log-dir", type=Path, default=Path("logs/any_arm"))
    options = parser.parse_args()
    fetch = Physics(load_robot("fetch_arm"))
    print_header(*CHECKED)
    usable = [file for file in robot_files(options.names) if check(file, fetch)]
    if options.check:
        return
    record = options.log_dir / "any_arm.json"
    results = json.loads(record.read_text()) if record.is_file() else []
    done = {(row["robot"], row["seed"]) for row in results}
    for seed in range(options.seeds):
        for file in usable:
            if (label(file), seed) in done:
                continue
            try:
                results.append(measure(file.resolve(), seed, options))
            except UserError as error:
                results.append({"robot": label(file), "seed": seed, "training, s": str(error)})
            record.parent.mkdir(parents=True, exist_ok=True)
            record.write_text(json.dumps(results, indent=1))
            print_results(results)


if __name__ == "__main__":
    main()
