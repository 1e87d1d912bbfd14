"""Rules about when the goal is achieved."""

import dataclasses

import numpy as np

from arm_sim.validation.findings import Findings, error, fine, warning
from arm_trainer.task_checks.motion import Motion
from arm_trainer.task_checks.watched_task import WatchedTask

# Share of the starts.
_OFTEN = 0.1


def check_success_at_start(motion: Motion) -> Findings:
    """Checks that there is something to do at the starts."""
    share = motion.achieved_at_start.mean()
    if share == 1.0:
        yield error("achieved is True at every start: there is nothing to learn.")
    elif share > _OFTEN:
        yield warning(f"At {share:.0%} of the starts the goal is achieved at once.")


def check_achieved(motion: Motion) -> Findings:
    """Checks that the goal is achieved sometimes, and not always."""
    share = motion.achieved.mean()
    if share == 1.0:
        yield warning("achieved is always True in random motion.")
    elif share > 0.0:
        yield fine(f"In random motion the goal is achieved in {share:.2%} of the periods.")
    elif _achieved_at_goal(motion):
        yield fine("In random motion the goal is never achieved, but it is with the tool there.")
    elif motion.subject.make().assisted_starts(np.random.default_rng(0)):
        yield fine("In random motion the goal is never achieved, but there are assisted starts.")
    else:
        yield warning(
            f"In {motion.achieved.size:,} random periods the goal is never achieved. If it is as "
            "hard to find as that, give assisted_starts, which start nearer to success, and "
            "reward terms that lead there."
        )


def check_achieved_when_deployed(motion: Motion) -> Findings:
    """Checks that success does not need what nobody knows of a deployed arm: its targets."""
    robot = motion.subject.robot
    watched = WatchedTask(motion.subject.make(), motion.subject.file)
    for state in motion.states:
        measured = dataclasses.replace(
            state,
            joint_targets=state.positions[:, robot.arm],
            gripper_target=robot.gripper_opening(state.positions),
        )
        if (watched.achieved(state) != watched.achieved(measured)).any():
            yield warning(
                "achieved depends on joint_targets or gripper_target, which are not known where a "
                "deployed policy is judged: use what is measured."
            )
            return


def _achieved_at_goal(motion: Motion) -> bool:
    """Whether the goal would be achieved if it were where the tool is."""
    watched = WatchedTask(motion.subject.make(), motion.subject.file)
    moved = [dataclasses.replace(state, goal=state.tool) for state in motion.states]
    return any(watched.achieved(state).any() for state in moved)


SUCCESS_RULES = (check_success_at_start, check_achieved, check_achieved_when_deployed)
