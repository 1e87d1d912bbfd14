"""Rules about the goals of many start states: variety, reach, equal for equal seeds."""

import numpy as np

from arm_sim.validation.findings import Findings, error, fine, warning
from arm_trainer.task_checks.drawn_starts import COUNT, DrawnStarts, spread
from arm_trainer.task_checks.reach import out_of_reach
from arm_trainer.tasks.start import stack_starts


def check_variety(drawn: DrawnStarts) -> Findings:
    """Checks that goals or objects vary."""
    goals, objects = spread(drawn.all.goal), spread(drawn.all.objects[..., :3])
    if goals > 1e-9:
        yield fine(f"Goals vary, by {goals:.2g} m.")
    elif objects > 1e-9:
        yield fine(f"Objects vary, by {objects:.2g} m.")
    else:
        yield warning("starts: goals never vary: the policy can only learn this one motion.")


def check_goals_in_reach(drawn: DrawnStarts) -> Findings:
    """Checks that the tool gets to the goals."""
    out = out_of_reach(drawn.subject, drawn.all.goal).mean()
    if out > 0.0:
        yield warning(f"starts: {out:.0%} of the goals are where the tool never gets.")


def check_goals_follow_objects(drawn: DrawnStarts) -> Findings:
    """Checks that a goal fixed to an object goes with `keeps_objects`."""
    subject, starts = drawn.subject, drawn.all
    if not subject.task_class.keeps_objects:
        return
    for index, name in enumerate(subject.robot.objects):
        place = starts.objects[:, index, :3]
        if spread(place) > 1e-6 and spread(starts.goal - place) < 1e-6:
            yield warning(
                f"The goal is always at '{name}', but keeps_objects is True: when an arm goes on "
                "to its next goal, the object stays behind. Write keeps_objects = False."
            )


def check_seeds(drawn: DrawnStarts) -> Findings:
    """Checks that starts follow from the generator alone."""
    again = stack_starts(drawn.subject.draw(COUNT, np.random.default_rng(0)))
    other = stack_starts(drawn.subject.draw(COUNT, np.random.default_rng(1)))
    pairs = [(drawn.all, again), (drawn.all, other)]
    same, ignored = (
        all(
            np.array_equal(getattr(a, name), getattr(b, name))
            for name in ("positions", "goal", "objects")
        )
        for a, b in pairs
    )
    if not same:
        yield error(
            "starts differ with equal seeds: draw everything from the generator that is given as "
            "random, never from np.random or random."
        )
    elif ignored and max(spread(drawn.all.goal), spread(drawn.all.objects)) > 1e-9:
        yield warning(
            "starts are equal with different seeds, so a policy is judged on what it was trained "
            "on: draw from the generator that is given as random."
        )
    else:
        yield fine("Equal seeds give equal starts, different ones other starts.")


GOAL_RULES = (check_variety, check_goals_in_reach, check_goals_follow_objects, check_seeds)
