"""Motion trials: simulates arm joints sent as far ahead as the shield allows, measures what moves.

Faults that no training can overcome show here: a simulation that chatters, diverges, does not come
to rest or does not arrive.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from arm_sim.common.arrays import Floats, Ints
from arm_sim.robot.robot import Robot
from arm_sim.scene.free_postures import FreePostures
from arm_sim.scene.postures import random_postures
from arm_sim.scene.rotor_inertia import LEAD_SECONDS
from arm_sim.simulation.simulation import Simulation

# A joint may move faster than its velocity limit, as the servo sees the whole way at once. The
# built-in arms, which learn to reach to 99 %, come to 6.4 times; arms that chatter, to 9 to 120.
LARGEST_SPEED = 8.0
# Vibration that is left at the end of a trial, as a share of the velocity limit.
LARGEST_VIBRATION = 0.05
# Distance to the target at the end of a trial, as a share of the way.
LARGEST_MISS = 0.2
_SECONDS, _LAST_SECONDS = 2.0, 0.25
# Postures besides home, at most so far from it, as a share of each joint's range.
_POSTURES, _CANDIDATES, _SPREAD = 5, 64, 0.5
# Share of a joint's range that the shield keeps free at each end.
_POSITION_MARGIN = 0.01


@dataclass(frozen=True)
class MotionTrials:
    """What the A joints of an arm did while each was sent ahead from several postures.

    Attributes:
        speeds: (A,) largest speed of each joint in any trial, in multiples of its velocity limit.
        vibrations: (A,) how much each joint still moved to and fro in the last quarter of a second:
            its mean speed, less the speed of the mean motion, in multiples of its velocity limit.
            Both are infinite for a joint that made the simulation diverge when it was sent.
        misses: (A,) largest distance to the target at the end, as a share of the way there; 0 for
            a joint that could not be sent anywhere.
    """

    speeds: Floats
    vibrations: Floats
    misses: Floats

    @property
    def fast(self) -> NDArray[np.bool_]:
        """(A,) which joints moved much faster than a real drive could."""
        return self.speeds > LARGEST_SPEED

    @property
    def restless(self) -> NDArray[np.bool_]:
        """(A,) which joints diverged or did not come to rest."""
        return self.vibrations > LARGEST_VIBRATION

    @property
    def late(self) -> NDArray[np.bool_]:
        """(A,) which joints did not arrive."""
        return self.misses > LARGEST_MISS

    @property
    def passed(self) -> bool:
        """Whether all joints moved at a possible speed and came to rest."""
        return not (self.fast | self.restless).any()


def run_motion_trials(robot: Robot) -> MotionTrials:
    """Sends each arm joint ahead, both ways, from home and other postures, and measures for 2 s.

    A joint is sent by what it covers in `LEAD_SECONDS` at its velocity limit, in one step, within
    its position limits, while the others are told to stay. The postures are random, the same in
    every process, and free of contact.
    """
    starts, joints, ways = _trials(robot)
    simulation = Simulation(robot, len(starts), robot.model.opt.timestep)
    everyone = np.arange(len(starts))
    simulation.place_arms(everyone, starts)
    commands = simulation.commands
    commands[everyone, joints] += ways
    simulation.set_commands(commands)
    limits = robot.velocity_limits[robot.arm]
    steps = round(_SECONDS / robot.model.opt.timestep)
    last = round(_LAST_SECONDS / robot.model.opt.timestep)
    speeds = np.zeros((len(starts), len(robot.arm)))
    path, drift = np.zeros(speeds.shape), np.zeros(speeds.shape)
    for step in range(steps):
        for divergence in simulation.advance(1):
            speeds[divergence.arm, joints[divergence.arm]] = np.inf
        velocities = simulation.velocities[:, robot.arm] / limits
        speeds = np.maximum(speeds, np.abs(velocities))
        if step >= steps - last:
            path += np.abs(velocities) / last
            drift += velocities / last
    arrived = (
        simulation.positions[everyone, robot.arm[joints]] - starts[everyone, robot.arm[joints]]
    )
    misses = np.zeros(len(robot.arm))
    np.maximum.at(misses, joints, np.abs(arrived - ways) / np.abs(ways))
    vibrations = np.where(np.isinf(speeds), np.inf, path - np.abs(drift))
    return MotionTrials(speeds.max(axis=0), vibrations.max(axis=0), misses)


def _trials(robot: Robot) -> tuple[Floats, Ints, Floats]:
    """The start (T, J), the joint sent ahead (T,) and its way (T,), rad or m, of T trials.

    Left out are trials that would end in a contact, or at a limit after less than half of the way.
    """
    free, arms = FreePostures(robot), len(robot.arm)
    candidates = random_postures(robot, _CANDIDATES, np.random.default_rng(0), _SPREAD)
    others = candidates[free.free(candidates)][:_POSTURES]
    starts = np.repeat(np.concatenate([robot.home[None], others]), 2 * arms, axis=0)
    joints = np.tile(np.arange(arms), len(starts) // arms)
    directions = np.tile(np.repeat([1.0, -1.0], arms), len(starts) // (2 * arms))
    lower, upper = robot.lower[robot.arm], robot.upper[robot.arm]
    margin = np.where(np.isfinite(upper - lower), _POSITION_MARGIN * (upper - lower), 0.0)
    lead = LEAD_SECONDS * robot.velocity_limits[robot.arm][joints]
    everyone, moved = np.arange(len(starts)), robot.arm[joints]
    ends = starts.copy()
    targets = starts[everyone, moved] + directions * lead
    ends[everyone, moved] = np.clip(targets, (lower + margin)[joints], (upper - margin)[joints])
    ways = (ends - starts)[everyone, moved]
    long = ways * directions > 0.5 * lead
    used = long & free.free(ends)
    if not used.any():  # It touches everywhere, which other checks report.
        used = long if long.any() else np.ones(len(starts), bool)
    return starts[used], joints[used], ways[used]
