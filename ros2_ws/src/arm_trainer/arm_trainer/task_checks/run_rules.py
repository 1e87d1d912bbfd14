"""Rules about whole runs: metrics, repeatability, speed."""

import numpy as np

from arm_sim.validation.findings import Findings, error, fine, warning
from arm_trainer.task_checks.motion import ARMS, Motion, record

# Control periods of the second run.
_AGAIN = 30


def check_figures(motion: Motion) -> Findings:
    """Checks that metrics are finite."""
    wrong = [name for name, values in motion.figures.items() if not np.isfinite(values).all()]
    if wrong:
        yield error(f"metrics: not finite in random motion: {', '.join(wrong)}.")
    else:
        yield fine(f"Metrics: {', '.join(motion.figures)}.")


def check_repeatable(motion: Motion) -> Findings:
    """Checks that a second run with equal seeds gives the same numbers, bit for bit."""
    again = record(motion.subject, _AGAIN)
    pairs = {
        "observations": (motion.observations, again.observations),
        "achieved": (motion.achieved, again.achieved),
        **{f"reward's '{n}'": (motion.terms[n], again.terms[n]) for n in motion.terms},
        **{f"metrics' '{n}'": (motion.figures[n], again.figures[n]) for n in motion.figures},
    }
    differs = [
        name for name, (one, two) in pairs.items() if one[:_AGAIN].tobytes() != two.tobytes()
    ]
    if differs:
        yield error(
            f"Two runs with equal seeds differ in {', '.join(differs)}: draw from the generator "
            "that starts is given alone, and keep nothing from one call to the next."
        )
    else:
        yield fine("Two runs with equal seeds are equal, bit for bit.")


def check_speed(motion: Motion) -> Findings:
    """Checks that the task's own code takes less time than the physics."""
    own, physics = 1e3 * motion.task_seconds, 1e3 * motion.physics_seconds
    text = (
        f"The task's own code takes {own:.2g} ms in a control period of {ARMS} arms, the physics "
        f"{physics:.2g} ms"
    )
    if own > physics:
        yield warning(f"{text}: work on all arms at once, with NumPy, not in a loop.")
    else:
        yield fine(f"{text}.")


RUN_RULES = (check_figures, check_repeatable, check_speed)
