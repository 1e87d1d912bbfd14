"""SHA-256 of trainings' results, to see whether a change of the code changes any number.

    source scripts/activate.sh && python bench/fingerprint.py

Trains PPO, A2C and SAC by `./arm train` (100,000 steps, seed 3, in-process, which gives the same
numbers as over ROS) and prints the SHA-256 of `evaluations.csv` and of the exported policy's
actions. It uses only `./arm` in the current folder and the files of a run, so it also runs on an
older commit: start it, by its path, from a checkout of that commit. The hashes of docs/results.md
are of one machine: another CPU or another version of a library gives others.
"""

import argparse
import hashlib
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import onnxruntime

STEPS, SEED = 100_000, 3
OBSERVATIONS = 1_000


def hash_of_actions(policy: Path) -> str:
    """Returns the SHA-256 of a policy's actions on random observations.

    The observations are 1,000 × columns, float32, standard normal, of `default_rng(0)`; hashed are
    the raw bytes of the actions.

    Args:
        policy: A `policy.onnx` without camera images.
    """
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(policy, options, ["CPUExecutionProvider"])
    (observation,) = session.get_inputs()
    shape = (OBSERVATIONS, observation.shape[1])
    values = np.random.default_rng(0).standard_normal(shape, np.float32)
    (actions,) = session.run(["action"], {observation.name: values})
    return hashlib.sha256(actions.tobytes()).hexdigest()


def hashes_of_run(run: Path) -> dict[str, str]:
    """Returns the SHA-256 of a run's evaluations and of its policy's actions."""
    evaluations = (run / "evaluations.csv").read_bytes()
    return {
        "evaluations.csv": hashlib.sha256(evaluations).hexdigest(),
        "actions": hash_of_actions(run / "policy" / "policy.onnx"),
    }


def train(algorithm: str, logs: Path) -> Path:
    """Trains by the command line and returns the new run folder; ends the program on failure."""
    before = set(logs.glob("*/*"))
    command = ["./arm", "train", "--algorithm", algorithm, "--steps", str(STEPS)]
    command += ["--seed", str(SEED), "--sim", "in-process", "--log-dir", str(logs)]
    done = subprocess.run(command, stdout=subprocess.DEVNULL)
    if done.returncode:
        sys.exit(f"{' '.join(command)} failed with exit code {done.returncode}.")
    (run,) = set(logs.glob("*/*")) - before
    return run


def main() -> None:
    """Runs the trainings and prints a Markdown table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--algorithms", default="PPO,A2C,SAC", help="(default: %(default)s)")
    parser.add_argument("--log-dir", type=Path, help="where to keep the runs (default: nowhere)")
    options = parser.parse_args()
    if not Path("arm").is_file():
        parser.error("there is no ./arm here; start this from the project's folder")
    print("| algorithm | of | SHA-256 |\n| --- | --- | --- |", flush=True)
    with tempfile.TemporaryDirectory() as temporary:
        for algorithm in options.algorithms.split(","):
            run = train(algorithm, (options.log_dir or Path(temporary)).resolve())
            for name, digest in hashes_of_run(run).items():
                print(f"| {algorithm} | {name} | `{digest}` |", flush=True)


if __name__ == "__main__":
    main()
