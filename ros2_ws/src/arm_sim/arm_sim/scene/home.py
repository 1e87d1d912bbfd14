"""Chooses an arm's home posture: the one in its file, or a good one to reach from."""

import numpy as np

from arm_sim.common.arrays import Floats
from arm_sim.scene.arm_geometry import ArmGeometry, ToolStates
from arm_sim.scene.posture_contacts import PostureContacts

_SAMPLES = 3000
# Share of the joints of a sample that stay at their neutral position: people set up arms so.
_NEUTRAL_SHARE = 0.6
# Where the tool should be, as shares of the arm's reach: ahead, and above the floor.
_AHEAD, _HEIGHT = 0.55, 0.35
# A home in the file is used unless the arm is nearly singular there: a share of the best dexterity.
_LEAST_DEXTERITY = 0.2
_MARGIN = 0.02  # Share of a joint's range that home keeps from each limit.


def arm_reach(geometry: ArmGeometry) -> float:
    """Returns the largest distance of the tool from the base among random postures, m."""
    return float(np.linalg.norm(geometry.tool_states(_samples(geometry)).positions, axis=1).max())


def choose_home(
    geometry: ArmGeometry, contacts: PostureContacts, given: Floats | None, floor: float
) -> Floats:
    """Returns the home posture (A,), rad or m: the given one unless it is a bad one.

    Args:
        geometry: The arm.
        contacts: Tells which postures are free of contact.
        given: (A,) the posture of the file's keyframe, if it has one.
        floor: Height of the floor in the base frame, m; -inf where there is none.
    """
    samples = _samples(geometry)
    states = geometry.tool_states(samples)
    reach = float(np.linalg.norm(states.positions, axis=1).max())
    best = float(np.percentile(states.dexterity, 95))
    if given is not None:
        span = geometry.upper - geometry.lower
        given = np.clip(given, geometry.lower + _MARGIN * span, geometry.upper - _MARGIN * span)
        there = geometry.tool_states(given[None])
        dexterous = there.dexterity[0] > _LEAST_DEXTERITY * best
        above = there.positions[0, 2] > floor + 0.05 * reach
        if dexterous and above and not contacts.at(given):
            return given
    lowest = 0.0 if np.isinf(floor) else floor
    scores = _scores(geometry, samples, states, reach, lowest) + states.dexterity / best
    scores[states.positions[:, 2] < lowest + 0.05 * reach] = -np.inf
    ranked = np.argsort(-scores, kind="stable")
    free = (index for index in ranked if not contacts.at(samples[index]))
    chosen: Floats = samples[next(free, ranked[0])].round(3)
    return chosen


def _samples(geometry: ArmGeometry) -> Floats:
    random = np.random.default_rng(0)
    shape = (_SAMPLES, len(geometry.arm))
    margin = 0.1 * (geometry.upper - geometry.lower)
    drawn = random.uniform(geometry.lower + margin, geometry.upper - margin, shape)
    drawn = np.clip(drawn, geometry.neutral - np.pi / 1.5, geometry.neutral + np.pi / 1.5)
    return np.where(random.random(shape) < _NEUTRAL_SHARE, geometry.neutral, drawn)


def _scores(
    geometry: ArmGeometry, samples: Floats, states: ToolStates, reach: float, floor: float
) -> Floats:
    """(K,) higher for a tool that is ahead, at a middle distance, and points downwards."""
    x, y, z = states.positions.T
    out = np.hypot(x, y) / reach
    ahead = x / np.maximum(np.hypot(x, y), 1e-9)
    turned = np.square((samples - geometry.neutral) / (np.pi / 2)).mean(axis=1)
    height = np.abs((z - floor) / reach - _HEIGHT)
    score: Floats = ahead - np.abs(out - _AHEAD) - height - turned
    return score - 0.4 * states.directions[:, 2]
