"""Rules about the objects at the starts: within reach, in nothing else, and at rest."""

from collections import Counter

import mujoco
import numpy as np

from arm_sim.validation.findings import Findings, error, fine, warning
from arm_trainer.backends.in_process import InProcessBackend
from arm_trainer.task_checks.drawn_starts import DrawnStarts
from arm_trainer.task_checks.reach import out_of_reach

_LOOKED_AT = 50
# Objects that stand on something are a little in it, m.
_DEPTH = 0.002
# How long objects are let go, s, and by how much they may move, m.
_SECONDS, _MOVED = 1.0, 0.01
_ARMS = 16
# Columns of a pose in MuJoCo's order: the quaternion with w first.
_TO_MUJOCO = [0, 1, 2, 6, 3, 4, 5]
# Columns of a pose in MuJoCo's order: the quaternion with w first.
_TO_MUJOCO = [0, 1, 2, 6, 3, 4, 5]


def check_objects_in_reach(drawn: DrawnStarts) -> Findings:
    """Checks that the tool gets near the objects."""
    robot = drawn.subject.robot
    for index, name in enumerate(robot.objects):
        out = out_of_reach(drawn.subject, drawn.all.objects[:, index, :3]).mean()
        if out > 0.0:
            yield warning(f"At {out:.0%} of the starts '{name}' is where the tool never gets.")


def check_objects_apart(drawn: DrawnStarts) -> Findings:
    """Checks that no object starts inside another one, the table or the robot."""
    robot, touching = drawn.subject.robot, Counter[tuple[str, str]]()
    model, data = robot.model, mujoco.MjData(robot.model)
    objects = {model.body(name).id for name in robot.objects}
    count = min(_LOOKED_AT, len(drawn.single)) if objects else 0
    for start in drawn.single[:count]:
        data.qpos[:] = [*start.positions, *start.objects[:, _TO_MUJOCO].ravel()]
        mujoco.mj_forward(model, data)
        deep = data.contact.geom[data.contact.dist < -_DEPTH]
        # Objects come last in the model.
        pairs = {(max(pair), min(pair)) for pair in deep.tolist()}
        touching.update(
            {
                (_name(model, a), _name(model, b))
                for a, b in pairs
                if model.geom_bodyid[a] in objects
            }
        )
    names = {f"'{name}'" for name in robot.objects}
    fixed = {_name(model, geom) for geom in range(model.ngeom) if model.geom_bodyid[geom] == 0}
    for (first, second), times in touching.items():
        found = error if second in fixed or second in names else warning
        yield found(
            f"At {times / count:.0%} of the starts {first} and {second} are in each other: place "
            "them apart, or draw anew."
        )


def check_objects_rest(drawn: DrawnStarts) -> Findings:
    """Checks that objects stay where they start while the arms hold still."""
    subject, robot = drawn.subject, drawn.subject.robot
    if not robot.objects:
        return
    starts, period = drawn.all[:_ARMS], 1.0 / subject.config.control_rate
    backend = InProcessBackend(robot, _ARMS, period)
    begin = backend.reset(np.arange(_ARMS), starts)
    state = begin
    for _ in range(round(_SECONDS / period)):
        state = backend.step(starts.positions[:, robot.command_indices])
    moved = (state.objects - begin.objects)[..., :3]
    for index, name in enumerate(robot.objects):
        fallen, away = -moved[:, index, 2].min(), np.linalg.norm(moved[:, index], axis=1).max()
        if fallen > _MOVED:
            yield warning(
                f"'{name}' falls by up to {fallen:.2g} m within {_SECONDS:g} s: start it where it "
                "stands."
            )
        elif away > _MOVED:
            yield warning(
                f"'{name}' moves by up to {away:.2g} m within {_SECONDS:g} s while the arm holds "
                "still: it rolls, tips over or is pushed out of something."
            )
        else:
            yield fine(f"'{name}' stays where it starts.")


def _name(model: mujoco.MjModel, geom: int) -> str:
    name = model.geom(geom).name or model.body(model.geom_bodyid[geom]).name
    return f"'{name}'"


OBJECT_RULES = (check_objects_in_reach, check_objects_apart, check_objects_rest)
