"""Policy bundles as an attacker might make them, and how each is to be refused.

Most have correct hashes, as a forger's would. A case is a function of the bundle's folder, which it
spoils, and of a canary file, which appears if something in the bundle is executed.
"""

import os
import pickle
import shutil
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from onnx import ModelProto, TensorProto, helper, numpy_helper

from arm_trainer.actions.joint_increments import JointIncrements
from arm_trainer.envs.policy_interface import PolicyInterface
from arm_trainer.tasks.reach import Reach
from support.built_in_arm import ROBOT
from support.bundle_description import describe

INTERFACE = PolicyInterface(Reach(ROBOT), JointIncrements)
INPUTS, ACTIONS = len(INTERFACE.observation_names), len(INTERFACE.action.outputs)
Case = Callable[[Path, Path], None]


class Hostile:
    """Makes the canary file when it is unpickled."""

    def __init__(self, canary: Path) -> None:
        self._canary = str(canary)

    def __reduce__(self) -> tuple[Any, ...]:
        return open, (self._canary, "w")


def network(bundle: Path, nodes: list[Any], weights: list[TensorProto], domain: str = "") -> None:
    """Replaces a bundle's ONNX graph by one with the right inputs and outputs."""
    signature = [
        [helper.make_tensor_value_info(name, TensorProto.FLOAT, ["arms", width])]
        for name, width in (("observation", INPUTS), ("action", ACTIONS))
    ]
    graph = helper.make_graph(nodes, "policy", *signature, weights)
    versions = [helper.make_opsetid("", 17)]
    if domain:
        versions.append(helper.make_opsetid(domain, 1))
    model: ModelProto = helper.make_model(graph, opset_imports=versions, ir_version=8)
    (bundle / "policy.onnx").write_bytes(model.SerializeToString())
    describe(bundle)


def weights_in(bundle: Path, location: str) -> None:
    """Makes a graph whose weights are in another file."""
    elsewhere = TensorProto(name="w", data_type=TensorProto.FLOAT, dims=[INPUTS, ACTIONS])
    elsewhere.data_location = TensorProto.EXTERNAL
    where = {"location": location, "offset": "0", "length": str(4 * INPUTS * ACTIONS)}
    for key, value in where.items():
        elsewhere.external_data.add(key=key, value=value)
    product = helper.make_node("MatMul", ["observation", "w"], ["action"])
    network(bundle, [product], [elsewhere])


def pickled_network(bundle: Path, canary: Path) -> None:
    (bundle / "policy.onnx").write_bytes(pickle.dumps(Hostile(canary)))
    describe(bundle)


def pickled_description(bundle: Path, canary: Path) -> None:
    (bundle / "policy.json").write_bytes(pickle.dumps(Hostile(canary), protocol=0))


def yaml_description(bundle: Path, canary: Path) -> None:
    (bundle / "policy.json").write_text(f"!!python/object/apply:os.system ['touch {canary}']\n")


def sb3_archive(bundle: Path, canary: Path) -> None:
    """A file instead of the folder, as SB3 saves a model."""
    shutil.rmtree(bundle)
    with zipfile.ZipFile(bundle, "w") as archive:
        archive.writestr("data", pickle.dumps(Hostile(canary)))
        archive.writestr("policy.pth", pickle.dumps(Hostile(canary)))


def weights_in_a_file_here(bundle: Path, canary: Path) -> None:
    # In the process's working directory, from which ONNX Runtime would read it.
    Path(canary.parent, "weights.bin").write_bytes(bytes(4 * INPUTS * ACTIONS))
    weights_in(bundle, "weights.bin")


def weights_at_an_address(bundle: Path, canary: Path) -> None:
    weights_in(bundle, "*/_ORT_MEM_ADDR_/*")


def weights_of_the_system(bundle: Path, canary: Path) -> None:
    weights_in(bundle, "/etc/passwd")


def weights_above(bundle: Path, canary: Path) -> None:
    weights_in(bundle, "../../../../../../etc/passwd")


def custom_operator(bundle: Path, canary: Path) -> None:
    node = helper.make_node("Evil", ["observation"], ["action"], domain="evil.example")
    network(bundle, [node], [], domain="evil.example")


def memory_bomb(bundle: Path, canary: Path) -> None:
    """A small graph that asks for 40 TB."""
    nodes = [
        helper.make_node("ConstantOfShape", ["shape"], ["huge"]),
        helper.make_node("ReduceSum", ["huge"], ["one"], keepdims=0),
        helper.make_node("MatMul", ["observation", "w"], ["product"]),
        helper.make_node("Add", ["product", "one"], ["action"]),
    ]
    shape = numpy_helper.from_array(np.array([10**13], np.int64), "shape")
    weights = numpy_helper.from_array(np.zeros((INPUTS, ACTIONS), np.float32), "w")
    network(bundle, nodes, [shape, weights])


def zip_bomb(bundle: Path, canary: Path) -> None:
    with zipfile.ZipFile(bundle / "policy.onnx", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("policy", bytes(50_000_000))
    describe(bundle)


def huge_file(bundle: Path, canary: Path) -> None:
    with (bundle / "policy.onnx").open("r+b") as file:
        file.truncate(2**40)


def huge_description(bundle: Path, canary: Path) -> None:
    describe(bundle, training={"note": "x" * 2**21})


def instead(bundle: Path, name: str, make: Callable[[Path], None]) -> None:
    """Replaces a file of a bundle."""
    (bundle / name).unlink()
    make(bundle / name)


def endless_device(bundle: Path, canary: Path) -> None:
    instead(bundle, "policy.onnx", lambda path: path.symlink_to("/dev/zero"))


def endless_description(bundle: Path, canary: Path) -> None:
    instead(bundle, "policy.json", lambda path: path.symlink_to("/dev/zero"))


def silent_pipe(bundle: Path, canary: Path) -> None:
    instead(bundle, "policy.onnx", os.mkfifo)


def silent_description(bundle: Path, canary: Path) -> None:
    instead(bundle, "policy.json", os.mkfifo)


def link_to_itself(bundle: Path, canary: Path) -> None:
    instead(bundle, "policy.json", lambda path: path.symlink_to(path))


def deep_description(bundle: Path, canary: Path) -> None:
    deep = '{"format": 2, "training": ' + "[" * 100_000 + "]" * 100_000 + "}"
    (bundle / "policy.json").write_text(deep)


def not_a_number(bundle: Path, canary: Path) -> None:
    describe(bundle, action={"scale": [float("nan")] * ACTIONS})


def infinite_rate(bundle: Path, canary: Path) -> None:
    describe(bundle, control_rate=float("inf"))


def unprintable_format(bundle: Path, canary: Path) -> None:
    describe(bundle, format="\ud800")


def wrong_hash(bundle: Path, canary: Path) -> None:
    with (bundle / "policy.onnx").open("ab") as file:
        file.write(b"\0")


def newer_format(bundle: Path, canary: Path) -> None:
    describe(bundle, format=4)


def endless_frames(bundle: Path, canary: Path) -> None:
    describe(bundle, cameras=["top_camera"], frame_stack=10**12, image_size=10**12)


def cameras_elsewhere(bundle: Path, canary: Path) -> None:
    describe(bundle, cameras=["../../etc"], frame_stack=1, image_size=8)


def another_robot(bundle: Path, canary: Path) -> None:
    describe(bundle, robot="/etc/passwd")


def other_joints(bundle: Path, canary: Path) -> None:
    describe(bundle, joints=[f"/etc/passwd{i}" for i in range(ACTIONS)])


# What the sentence says that refuses it.
CASES: dict[Case, str] = {
    pickled_network: "is not an ONNX policy",
    pickled_description: "is not JSON",
    yaml_description: "is not JSON",
    sb3_archive: "is not a policy bundle",
    weights_in_a_file_here: "it keeps data in other files",
    weights_at_an_address: "it keeps data in other files",
    weights_of_the_system: "it keeps data in other files",
    weights_above: "it keeps data in other files",
    custom_operator: "is not an ONNX policy",
    memory_bomb: "fails when it is run: ",
    zip_bomb: "is not an ONNX policy",
    huge_file: "policy.onnx is too large",
    huge_description: "policy.json is too large",
    endless_device: "policy.onnx is not a file",
    endless_description: "policy.json is not a file",
    silent_pipe: "policy.onnx is not a file",
    silent_description: "policy.json is not a file",
    link_to_itself: "is not a policy bundle",
    deep_description: "is not JSON",
    not_a_number: "'action.scale.0' is nan",
    infinite_rate: "'control_rate' is inf",
    unprintable_format: "has format",
    wrong_hash: "was changed after the export",
    newer_format: "has format 4; this version reads format 3",
    endless_frames: "'frame_stack' is 1000000000000",
    cameras_elsewhere: "instead of observation [30], images [3, 8, 8] and action [7]",
    another_robot: "it is for '/etc/passwd', this is 'fetch_arm'",
    other_joints: "its joints are /etc/passwd0",
}
