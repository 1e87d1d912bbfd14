"""The layout's rules: ROS below `ros/` alone, commands in `cli/`, layers import downwards only."""

import ast
from collections.abc import Iterator
from pathlib import Path

import arm_sim
import arm_trainer

PACKAGES = {
    package.__name__: Path(package.__path__[0]).resolve() for package in (arm_sim, arm_trainer)
}
# Roots of every ROS package that this project imports; the ament index is plain Python.
ROS = {
    "builtin_interfaces",
    "cv_bridge",
    "diagnostic_msgs",
    "geometry_msgs",
    "launch",
    "launch_ros",
    "lifecycle_msgs",
    "rcl_interfaces",
    "rclpy",
    "rosgraph_msgs",
    "sensor_msgs",
    "std_msgs",
    "std_srvs",
    "trajectory_msgs",
    "visualization_msgs",
}
# Each folder may import those before it; of folders in one row neither imports the other.
LAYERS = {
    "arm_sim": [
        {"common"},
        {"robot_description"},
        {"robot"},
        {"simulation", "rendering"},
        {"scene"},
        {"validation"},
        {"ros"},
        {"cli"},
    ],
    "arm_trainer": [
        {"tasks", "actions"},
        {"backends"},
        {"envs"},
        {"policies", "algorithms"},
        {"evaluation"},
        {"training"},
        {"vision", "task_checks"},
        {"deployment"},
        {"ros"},
        {"cli"},
    ],
}


def modules() -> Iterator[tuple[str, str, ast.Module]]:
    """Each module's package, folder ('' at the top) and syntax tree."""
    for package, root in PACKAGES.items():
        for file in root.rglob("*.py"):
            parts = file.relative_to(root).parts
            yield package, parts[0] if len(parts) > 1 else "", ast.parse(file.read_text())


def imports(tree: ast.Module) -> Iterator[str]:
    """The dotted names that a module imports, anywhere in it."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports are absolute"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def test_ros_is_imported_only_below_ros_and_by_commands() -> None:
    found = {
        (package, folder, name)
        for package, folder, tree in modules()
        for name in imports(tree)
        if name.partition(".")[0] in ROS and folder not in ("ros", "cli")
    }
    assert found == set()


def test_each_layer_imports_only_lower_ones() -> None:
    wrong = set()
    for package, folder, tree in modules():
        ranks = {name: i for i, row in enumerate(LAYERS[package]) for name in row}
        assert not folder or folder in ranks, f"{package}/{folder} is in no layer"
        for name in imports(tree):
            other, _, rest = name.partition(".")
            target = rest.partition(".")[0]
            if other not in PACKAGES or target not in {n for row in LAYERS[other] for n in row}:
                continue
            if other == package and folder:
                allowed = target == folder or ranks[target] < ranks[folder]
            else:  # The trainer uses the simulator, never the other way; and no command of it.
                allowed = package == "arm_trainer" and target != "cli"
                allowed &= target != "ros" or folder in ("ros", "cli")
            if not allowed:
                wrong.add(f"{package}.{folder} imports {name}")
    assert wrong == set()


def test_the_rules_notice_an_import() -> None:
    tree = ast.parse("from rclpy.node import Node\ndef f():\n    import arm_sim.cli.check_robot")
    assert list(imports(tree)) == ["rclpy.node.Node", "arm_sim.cli.check_robot"]
