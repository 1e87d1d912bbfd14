"""Rules about single start states: shapes, limits, contacts."""

from itertools import islice

import numpy as np

from arm_sim.robot.robot import Robot
from arm_sim.scene.free_postures import FreePostures
from arm_sim.validation.findings import Findings, error, fine, warning
from arm_trainer.task_checks.drawn_starts import COUNT, DrawnStarts
from arm_trainer.task_checks.faults import TaskFault, blamed
from arm_trainer.tasks.start import Start

# Assisted start states of each kind that are looked at.
_ASSISTED = 5


def check_shapes(drawn: DrawnStarts) -> Findings:
    """Checks types, shapes and finiteness of the starts."""
    yield from _shape_faults(drawn.subject.robot, drawn.single, "starts")


def check_assisted(drawn: DrawnStarts) -> Findings:
    """Checks the same of each kind of assisted starts, of which a task may have some."""
    subject = drawn.subject
    with blamed("assisted_starts", subject.file):
        kinds = subject.make().assisted_starts(np.random.default_rng(0))
        if not isinstance(kinds, dict):
            raise TaskFault(
                f"assisted_starts returns a {type(kinds).__name__}; it must be a dict of iterators."
            )
        found = {name: list(islice(starts, _ASSISTED)) for name, starts in kinds.items()}
    for name, starts in found.items():
        yield from _shape_faults(subject.robot, starts, f"assisted_starts '{name}'")


def _shape_faults(robot: Robot, starts: list[Start], what: str) -> Findings:
    wanted = {
        "positions": (robot.home.shape, "the robot's joints"),
        "goal": ((3,), "x, y, z in m"),
        "objects": (robot.object_home.shape, "the objects' positions and quaternions"),
    }
    for start in starts:
        if not isinstance(start, Start):
            yield error(f"{what} yields a {type(start).__name__}; it must yield a Start.")
            return
        for name, (shape, meaning) in wanted.items():
            value = np.asarray(getattr(start, name))
            if value.shape != shape:
                yield error(
                    f"{what}: {name} has the shape {value.shape}; it must be {shape}: {meaning}."
                )
                return
            if not np.isfinite(value.astype(np.float64)).all():
                yield error(f"{what}: {name} is not finite.")
                return
    if np.any(
        np.abs(
            np.linalg.norm(np.stack([start.objects for start in starts])[..., 3:], axis=-1) - 1.0
        )
        > 1e-6
    ):
        yield error(f"{what}: the quaternion x, y, z, w of an object has not the length 1.")


def check_separate(drawn: DrawnStarts) -> Findings:
    """Checks that each start state has arrays of its own."""
    kept = list(islice(drawn.subject.make().starts(np.random.default_rng(0)), 2))
    changed = [
        name
        for name in ("positions", "goal", "objects")
        if np.shares_memory(getattr(kept[0], name), getattr(kept[1], name))
        and not np.array_equal(getattr(kept[0], name), getattr(drawn.single[0], name))
    ]
    if changed:
        yield error(
            f"starts changes an array that it has yielded before: {', '.join(changed)}. All arms "
            "would start alike: make a new array for each start."
        )


def check_limits(drawn: DrawnStarts) -> Findings:
    """Checks that joints start within their limits."""
    robot, positions = drawn.subject.robot, drawn.all.positions
    beyond = np.maximum(robot.lower - positions, positions - robot.upper).max(axis=0)
    wrong = [i for i in range(len(beyond)) if beyond[i] > 1e-6]
    if wrong:
        names = ", ".join(
            f"{robot.joint_names[i]} (by {beyond[i]:.2g} {robot.joint_units[i]})" for i in wrong
        )
        yield error(f"starts: joints are beyond their limits: {names}.")


def check_contacts(drawn: DrawnStarts) -> Findings:
    """Checks that arms touch neither themselves nor what stands around."""
    touching = 1.0 - FreePostures(drawn.subject.robot).free(drawn.all.positions).mean()
    if touching > 0.0:
        yield warning(
            f"At {touching:.0%} of the starts the arm touches itself or what stands around: draw "
            "anew where FreePostures(robot).free(positions) is False."
        )
    else:
        yield fine(f"{COUNT} starts: within the joints' limits, no arm touches anything.")


SHAPE_RULES = (check_shapes,)
START_RULES = (check_assisted, check_separate, check_limits, check_contacts)
