"""Whatever a policy says and an arm does, targets keep every limit: of place, speed, acceleration.

The limits are the robot's own: targets never leave the range less a margin of 1 %, never move by
more than v T in a control period T, and never change that by more than a T² to the next.
"""

import dataclasses
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from arm_sim.common.arrays import Floats
from arm_sim.robot.kinematics import Kinematics
from arm_sim.robot.robot import Robot
from arm_trainer.actions.joint_increments import JointIncrements
from arm_trainer.actions.shield import REASONS, Shield
from support.states import with_arm

PERIOD = 0.05
JOINTS = 7
CONTINUOUS = [2, 4, 6]
ROUNDING = 1e-9
LEAD = 0.3  # Seconds at the velocity limit that a target may be ahead of the arm.


@pytest.fixture(scope="module")
def free(robot: Robot) -> Robot:
    """The built-in arm with no floor, for what is about joints alone."""
    return dataclasses.replace(robot, tool_floor=-np.inf)


def room(robot: Robot) -> tuple[Floats, Floats]:
    """The lowest and highest targets."""
    lower, upper = robot.lower[robot.arm], robot.upper[robot.arm]
    margin = np.where(np.isfinite(upper - lower), 0.01 * (upper - lower), 0.0)
    return lower + margin, upper - margin


def somewhere(robot: Robot, fractions: Floats) -> Floats:
    """Positions within the limits, from fractions (N, A) of the range; of 12 rad where endless."""
    lower, upper = room(robot)
    lower = np.where(np.isfinite(lower), lower, np.where(np.isfinite(upper), upper - 12, -6))
    upper = np.where(np.isfinite(upper), upper, lower + 12)
    return np.clip(lower + fractions * (upper - lower), lower, upper)


class Trail:
    """Checks every step of a shield's targets against the limits, and remembers the last."""

    def __init__(
        self, robot: Robot, start: Floats, period: float = PERIOD, speed_scale: float = 1.0
    ) -> None:
        self.shield = Shield(robot, len(start), period, speed_scale)
        self.action = JointIncrements(robot, period)
        self.shield.start(np.arange(len(start)), with_arm(robot, start))
        self.targets, self.steps = start, np.zeros(start.shape)
        lower, upper = room(robot)
        # Who starts beyond a limit may come back, and not go further.
        self.lower, self.upper = np.minimum(lower, start), np.maximum(upper, start)
        self.speed = robot.velocity_limits[robot.arm] * period * speed_scale
        self.change = robot.acceleration_limits[robot.arm] * period**2

    def next(self, actions: Floats, measured: Floats) -> Floats:
        """Moves on by a period."""
        asked = self.action.joint_steps(actions, measured, self.shield.targets)
        targets = self.shield.next_targets(asked, measured)
        steps = targets - self.targets
        assert targets.shape == self.targets.shape and targets.dtype == np.float64
        assert np.isfinite(targets).all()
        assert (self.lower - ROUNDING <= targets).all() and (targets <= self.upper + ROUNDING).all()
        assert (np.abs(steps) <= self.speed + ROUNDING).all()
        assert (np.abs(steps - self.steps) <= self.change + ROUNDING).all()
        self.targets, self.steps = targets, steps
        return targets

    def resting_place(self) -> Floats:
        """Where braking at the acceleration limits would end."""
        targets, steps = self.targets, np.where(np.abs(self.steps) < 1e-12, 0.0, self.steps)
        while steps.any():
            steps = np.copysign(np.maximum(np.abs(steps) - self.change, 0.0), steps)
            targets = targets + steps
        return targets


def heights(robot: Robot, kinematics: Kinematics, positions: Floats) -> Floats:
    return kinematics.tool_positions(with_arm(robot, positions))[:, 2]


Draw = Callable[[np.random.Generator, tuple[int, int]], Floats]


def with_gaps(random: np.random.Generator, shape: tuple[int, int]) -> Floats:
    """Actions of which a few are not numbers."""
    drawn = random.uniform(-1, 1, shape)
    drawn[random.random(shape) < 0.02] = np.nan
    drawn[random.random(shape) < 0.01] = np.inf
    drawn[random.random(shape) < 0.01] = -np.inf
    return drawn


POLICIES: list[Draw] = [
    lambda random, shape: random.uniform(-1, 1, shape),
    lambda random, shape: random.normal(0, 1, shape),
    lambda random, shape: random.choice([-1.0, 1.0], shape),
    # The same in every period.
    lambda random, shape: np.random.default_rng(1).choice([-1.0, 0.3, 1.0], shape),
    with_gaps,
    lambda random, shape: random.normal(0, 1, shape) * 10.0 ** random.uniform(-300, 300, shape),
]


def test_a_million_random_actions_keep_every_limit(robot: Robot) -> None:
    arms, periods = 10_000, 100
    random = np.random.default_rng(0)
    # Neighbours differ in policy, groups of neighbours in what the arm does.
    policy = np.arange(arms) % len(POLICIES)
    arm = np.arange(arms) // len(POLICIES) % 4
    follows, lags, _, is_anywhere = (arm == kind for kind in range(4))
    start = somewhere(robot, random.random((arms, JOINTS)))
    trail = Trail(robot, start)
    measured, way = start.copy(), np.zeros(start.shape)
    for _ in range(periods):
        actions = np.empty((arms, JOINTS))
        for kind, draw in enumerate(POLICIES):
            actions[policy == kind] = draw(random, (np.count_nonzero(policy == kind), JOINTS))
        measured[follows] = trail.targets[follows]
        measured[lags] += 0.4 * (trail.targets - measured)[lags]
        # The rest is blocked.
        measured[is_anywhere] = random.uniform(-4, 4, measured[is_anywhere].shape)
        trail.next(actions, measured)
        way += np.abs(trail.steps)
    assert all(count > 1000 for count in trail.shield.interventions.values())
    # They did move.
    assert (np.median(way, axis=0) > 0.5).all()


limits = st.tuples(
    st.one_of(st.floats(-4, 4), st.just(-np.inf)),
    st.one_of(st.floats(0.001, 7), st.just(np.inf)),
    st.floats(0.01, 10),
    # Time from full speed to rest, as an exponent: less than a period to many.
    st.floats(-3, 0.7),
)


@st.composite
def robots(draw: st.DrawFn, robot: Robot) -> Robot:
    """The built-in arm with other limits."""
    lower, span, velocity, braking = np.array(
        draw(st.lists(limits, min_size=JOINTS, max_size=JOINTS))
    ).T
    made = {
        "lower": lower,
        "upper": np.where(np.isfinite(lower), lower, 0.0) + span,
        "velocity_limits": velocity,
        "acceleration_limits": velocity / 10**braking,
    }
    changes = {}
    for name, values in made.items():
        changes[name] = getattr(robot, name).copy()
        changes[name][robot.arm] = values
    floor = draw(st.sampled_from([-np.inf, 0.64]))
    return dataclasses.replace(robot, tool_floor=floor, **changes)


ARMS = 3
anything = st.one_of(st.floats(-2, 2), st.floats())
somehow = st.one_of(
    st.sampled_from(["follows", "is blocked"]),
    hnp.arrays(float, (ARMS, JOINTS), elements=st.floats(-5, 5)),
    hnp.arrays(float, (ARMS, JOINTS), elements=st.floats(allow_nan=False, allow_infinity=False)),
)


@given(
    data=st.data(),
    period=st.floats(0.01, 0.1),
    speed_scale=st.floats(0.05, 1.0),
    fractions=hnp.arrays(float, (ARMS, JOINTS), elements=st.floats(0, 1)),
    phases=st.lists(
        st.tuples(
            hnp.arrays(float, (ARMS, JOINTS), elements=anything), somehow, st.integers(1, 40)
        ),
        min_size=1,
        max_size=6,
    ),
)
def test_any_arm_any_actions_and_any_start_keep_every_limit(
    robot: Robot,
    data: st.DataObject,
    period: float,
    speed_scale: float,
    fractions: Floats,
    phases: list[tuple[Floats, str | Floats, int]],
) -> None:
    other = data.draw(robots(robot))
    trail = Trail(other, somewhere(other, fractions), period, speed_scale)
    start = trail.targets
    for actions, arm, periods in phases:
        for _ in range(periods):
            measured = {"follows": trail.targets, "is blocked": start}.get(str(arm), arm)
            trail.next(actions, measured)


@given(
    data=st.data(),
    period=st.floats(0.01, 0.1),
    beyond=hnp.arrays(float, (ARMS, JOINTS), elements=st.floats(-3, 3)),
    actions=hnp.arrays(float, (ARMS, JOINTS), elements=anything),
)
def test_any_joint_that_starts_beyond_a_limit_comes_back_within_every_other(
    robot: Robot, data: st.DataObject, period: float, beyond: Floats, actions: Floats
) -> None:
    # No floor: it may well forbid the way back.
    other = dataclasses.replace(data.draw(robots(robot)), tool_floor=-np.inf)
    lower, upper = room(other)
    start = np.where(beyond < 0.0, lower, upper) + beyond
    start = np.where(np.isfinite(start), start, np.clip(beyond, lower, upper))
    trail = Trail(other, start, period)
    excess = np.inf
    for _ in range(300):
        targets = trail.next(actions, trail.targets)
        before, excess = excess, np.maximum(np.maximum(lower - targets, targets - upper), 0.0)
        assert (excess <= before).all()
    # Speeding up and braking again take the longest.
    slow = 2.0 * (trail.speed / trail.change + 2.0) + 3.0 / trail.speed
    assert (excess <= ROUNDING)[np.broadcast_to(slow < 300, excess.shape)].all()


def test_it_speeds_up_at_the_acceleration_limit_to_the_velocity_limit(free: Robot) -> None:
    largest = np.array([1.256, 1.454, 1.571, 1.521, 1.571, 2.268, 2.268]) / 20
    for action in (1.0, 1.5, 1e308):
        trail = Trail(free, np.zeros((1, JOINTS)))
        for part in (0.5, 1.0, 1.0):  # Full speed takes 0.1 s: two periods.
            trail.next(np.full((1, JOINTS), -action), trail.targets)
            np.testing.assert_allclose(-trail.steps[0], part * largest, rtol=1e-9)


def test_a_part_of_full_action_is_that_part_of_full_speed(free: Robot) -> None:
    trail = Trail(free, free.home[None, free.arm])
    actions = np.array([[0.1, -0.2, 0.3, 0.4, -0.5, 0.0, 1e-3]], np.float32)
    for _ in range(3):
        trail.next(actions, trail.targets)
    np.testing.assert_allclose(trail.steps, actions * trail.speed, rtol=1e-9)
    assert not trail.shield.resting[0]


@pytest.mark.parametrize("full_speed_after", [0.01, 0.1, 0.43, 2.0])
@pytest.mark.parametrize("period", [0.013, 0.05, 0.1])
@pytest.mark.parametrize("direction", [-1.0, 1.0])
def test_it_brakes_before_a_limit_as_late_as_it_may_and_reaches_it(
    free: Robot, full_speed_after: float, period: float, direction: float
) -> None:
    slow = dataclasses.replace(free, acceleration_limits=free.velocity_limits / full_speed_after)
    trail = Trail(slow, slow.home[None, slow.arm], period)
    ends = np.where(direction > 0, *room(slow)[::-1])
    limited = np.isfinite(ends)
    assert limited.sum() == 4
    braked = np.zeros(limited.shape, bool)
    for _ in range(int(12 / period)):
        full = np.minimum(np.abs(trail.steps[0]) + trail.change, trail.speed)
        trail.next(np.full((1, JOINTS), direction), trail.targets)
        brakes = np.abs(trail.steps[0]) < full - ROUNDING
        braked |= brakes
        # Had it gone on any faster, it could not have stopped before the limit.
        np.testing.assert_allclose(
            trail.resting_place()[0, brakes], ends[brakes], rtol=0, atol=ROUNDING
        )
    np.testing.assert_array_equal(braked, limited)
    np.testing.assert_array_equal(trail.targets[0, limited], ends[limited])
    assert (np.abs(trail.targets[0, CONTINUOUS]) > 8).all()
    trail.next(np.full((1, JOINTS), -direction), trail.targets)
    assert (direction * trail.steps[0, limited] < 0).all()


def test_a_joint_that_starts_beyond_a_limit_comes_to_it_and_rests(free: Robot) -> None:
    lower, upper = room(free)
    start = np.stack([free.home[free.arm], free.home[free.arm]])
    start[0, 0], start[1, 5] = upper[0] + 0.5, lower[5] - 0.004
    trail = Trail(free, start)
    pushing = np.zeros(start.shape)
    pushing[0, 0], pushing[1, 5] = 1.0, -1.0
    for _ in range(40):
        trail.next(pushing, trail.targets)
    assert (trail.targets[0, 0], trail.targets[1, 5]) == (upper[0], lower[5])
    assert trail.shield.resting.all()
    others = np.delete(trail.targets - start, [0, 5 + JOINTS])
    assert not others.any()


@pytest.mark.parametrize("full_speed_after", [0.02, 0.1, 0.5, 2.0])
def test_targets_of_a_blocked_arm_wait_near_it(free: Robot, full_speed_after: float) -> None:
    slow = dataclasses.replace(free, acceleration_limits=free.velocity_limits / full_speed_after)
    start = np.zeros((1, JOINTS))
    trail = Trail(slow, start)
    lead = LEAD * slow.velocity_limits[slow.arm]
    braking = slow.velocity_limits[slow.arm] * full_speed_after / 2
    for _ in range(200):
        trail.next(np.ones((1, JOINTS)), start)
        assert (np.abs(trail.targets - start) <= lead + braking + ROUNDING).all()
    # In the end they neither creep nor swing.
    np.testing.assert_allclose(trail.targets[0], lead, rtol=0, atol=ROUNDING)
    assert trail.shield.interventions["arm does not follow"] > 0
    # It turns back at once, and so does the arm if it can.
    trail.next(-np.ones((1, JOINTS)), start)
    assert (trail.steps < 0).all()


def test_an_arm_that_was_pushed_away_takes_its_targets_along_gently(free: Robot) -> None:
    trail = Trail(free, np.zeros((1, JOINTS)))
    pushed = np.full((1, JOINTS), 1.2)
    for _ in range(100):
        trail.next(np.zeros((1, JOINTS)), pushed)
    expected = pushed[0] - LEAD * free.velocity_limits[free.arm]
    np.testing.assert_allclose(trail.targets[0], expected, rtol=0, atol=ROUNDING)


def test_an_arm_measured_beyond_its_limits_does_not_lead_its_targets_there(free: Robot) -> None:
    # `Trail` checks it.
    trail = Trail(free, np.zeros((2, JOINTS)))
    far = np.stack([np.full(JOINTS, 5.0), np.full(JOINTS, -5.0)])
    for _ in range(100):
        trail.next(np.zeros((2, JOINTS)), far)
    for targets, ends in zip(trail.targets, room(free)[::-1], strict=True):
        limited = np.isfinite(ends)
        np.testing.assert_array_equal(targets[limited], ends[limited])


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("joint", [0, 3, 6])
def test_an_arm_with_a_value_that_is_not_finite_brakes_and_the_others_go_on(
    robot: Robot, value: float, joint: int
) -> None:
    start = np.tile(robot.home[robot.arm], (3, 1))
    trail, undisturbed = Trail(robot, start), Trail(robot, start)
    actions = np.full((3, JOINTS), 0.3)
    for _ in range(3):
        trail.next(actions, trail.targets)
        undisturbed.next(actions, undisturbed.targets)
    expected = trail.resting_place()[1]
    bad = actions.copy()
    bad[1, joint] = value
    for _ in range(3):
        trail.next(bad, trail.targets)
        undisturbed.next(actions, undisturbed.targets)
    assert trail.shield.resting.tolist() == [False, True, False]
    np.testing.assert_allclose(trail.targets[1], expected, rtol=0, atol=ROUNDING)
    np.testing.assert_array_equal(trail.targets[[0, 2]], undisturbed.targets[[0, 2]])
    # And the arm goes on when the policy has recovered.
    trail.next(actions, trail.targets)
    assert (trail.steps[1] > 0).all()


@pytest.mark.parametrize("full_speed_after", [0.01, 0.1, 1.0])
def test_braking_ends_at_rest_as_soon_as_the_acceleration_limit_allows(
    free: Robot, full_speed_after: float
) -> None:
    slow = dataclasses.replace(free, acceleration_limits=free.velocity_limits / full_speed_after)
    trail = Trail(slow, np.zeros((1, JOINTS)))
    for _ in range(30):
        trail.next(np.full((1, JOINTS), 0.5), trail.targets)
    expected = trail.resting_place()
    fastest = int(np.ceil((np.abs(trail.steps) / trail.change - ROUNDING).max()))
    for _ in range(fastest):
        assert not trail.shield.resting[0]
        trail.shield.brake(trail.shield.targets)
    assert trail.shield.resting[0]
    np.testing.assert_allclose(trail.shield.targets, expected, rtol=0, atol=ROUNDING)
    kept = trail.shield.targets
    np.testing.assert_array_equal(trail.shield.brake(kept), kept)


# What the tool may dip below the floor while it brakes, as no joint stops when another does, m.
FLOOR_DIP = 0.03


def test_the_tool_would_always_come_to_rest_above_the_floor(robot: Robot) -> None:
    arms = 240
    random = np.random.default_rng(3)
    kinematics = Kinematics(robot, arms)
    floor = robot.tool_floor
    start = somewhere(robot, random.random((arms, JOINTS)))
    began = heights(robot, kinematics, start)
    above = began >= floor
    assert 50 < np.count_nonzero(above) < 200
    trail = Trail(robot, start)
    follows = (np.arange(arms) % 2 == 0)[:, None]
    at_limit = np.zeros(arms, bool)
    for period in range(200):
        if period % 10 == 0:
            # Bang-bang, each way for a while: the fastest there is.
            actions = random.choice([-1.0, 1.0], (arms, JOINTS))
        trail.next(actions, np.where(follows, trail.targets, random.uniform(-3, 3, start.shape)))
        rest = heights(robot, kinematics, trail.resting_place())
        # Who starts below may stay there, and not go further down.
        assert (rest >= np.minimum(floor, began) - ROUNDING).all()
        now = heights(robot, kinematics, trail.targets)
        assert now[above & follows[:, 0]].min() > floor - FLOOR_DIP
        at_limit |= rest < floor + 0.01
    assert at_limit[above].any()
    assert trail.shield.interventions["tool floor"] > 1000


def pushing(robot: Robot, kinematics: Kinematics, positions: Floats, way: float) -> Floats:
    """The full action that moves the tool up (1) or down (-1) the fastest; (1, A)."""
    nudged = np.repeat(positions, 2 * JOINTS, axis=0)
    nudged[np.arange(JOINTS), np.arange(JOINTS)] += 1e-5
    nudged[np.arange(JOINTS) + JOINTS, np.arange(JOINTS)] -= 1e-5
    up, down = heights(robot, kinematics, nudged).reshape(2, JOINTS)
    return way * np.sign(np.round((up - down) / 2e-5, 6))[None]


@pytest.mark.parametrize("full_speed_after", [0.01, 0.1, 0.5])
def test_a_policy_that_pushes_down_stops_just_above_the_floor(
    robot: Robot, full_speed_after: float
) -> None:
    slow = dataclasses.replace(robot, acceleration_limits=robot.velocity_limits / full_speed_after)
    kinematics = Kinematics(robot, 2 * JOINTS)
    one = Kinematics(robot, 1)
    trail = Trail(slow, robot.home[None, robot.arm])
    for _ in range(200):
        down = pushing(robot, kinematics, trail.targets, -1.0)
        trail.next(down, trail.targets)
        assert heights(robot, one, trail.targets)[0] > robot.tool_floor - FLOOR_DIP
    assert robot.tool_floor <= heights(robot, one, trail.targets)[0] < robot.tool_floor + 0.1
    assert trail.shield.interventions["tool floor"] > 0
    for _ in range(20):
        trail.next(pushing(robot, kinematics, trail.targets, 1.0), trail.targets)
    assert heights(robot, one, trail.targets)[0] > robot.tool_floor + 0.2


def test_a_policy_that_pushes_down_slides_along_the_floor(robot: Robot) -> None:
    """Were the whole arm stopped there, it would stay for good."""
    kinematics = Kinematics(robot, 2 * JOINTS)
    trail = Trail(robot, robot.home[None, robot.arm])
    for _ in range(100):
        trail.next(pushing(robot, kinematics, trail.targets, -1.0), trail.targets)
    before = trail.targets[0, 0]
    for _ in range(20):
        actions = pushing(robot, kinematics, trail.targets, -1.0)
        actions[0, 0] = 1.0  # The shoulder's pan changes no height.
        trail.next(actions, trail.targets)
    assert trail.targets[0, 0] > before + 0.8 * 20 * PERIOD * robot.velocity_limits[robot.arm[0]]


def test_an_arm_that_starts_below_the_floor_may_rise_and_not_sink(robot: Robot) -> None:
    kinematics = Kinematics(robot, 2 * JOINTS)
    one = Kinematics(robot, 1)
    start = robot.home[None, robot.arm].copy()
    start[0, 1] = 0.6
    began = heights(robot, one, start)[0]
    assert began < robot.tool_floor - 0.1
    trail = Trail(robot, start)
    for _ in range(10):
        trail.next(pushing(robot, kinematics, trail.targets, -1.0), trail.targets)
    np.testing.assert_array_equal(trail.targets, start)
    for _ in range(40):
        trail.next(pushing(robot, kinematics, trail.targets, 1.0), trail.targets)
    assert heights(robot, one, trail.targets)[0] > robot.tool_floor
    # From now on it is an arm like any other.
    for _ in range(100):
        trail.next(pushing(robot, kinematics, trail.targets, -1.0), trail.targets)
    assert heights(robot, one, trail.resting_place())[0] >= robot.tool_floor - ROUNDING


def test_without_a_floor_the_tool_may_go_anywhere(free: Robot, robot: Robot) -> None:
    kinematics, one = Kinematics(free, 2 * JOINTS), Kinematics(free, 1)
    trail = Trail(free, free.home[None, free.arm])
    for _ in range(60):
        trail.next(pushing(free, kinematics, trail.targets, -1.0), trail.targets)
    assert heights(free, one, trail.targets)[0] < robot.tool_floor - 0.2


@pytest.mark.parametrize("scale", [0.1, 0.5])
def test_speed_scale_slows_and_is_no_intervention(free: Robot, scale: float) -> None:
    start = np.zeros((1, JOINTS))
    trail = Trail(free, start, speed_scale=scale)
    for _ in range(3):
        trail.next(np.ones((1, JOINTS)), trail.targets)
    np.testing.assert_allclose(
        trail.steps[0], scale * free.velocity_limits[free.arm] * PERIOD, rtol=1e-9
    )
    counted = trail.shield.interventions
    # Half of full speed is reached at once.
    assert counted == dict.fromkeys(REASONS, 0)
    # Nor is it the limit's doing where full speed would be too fast to stop.
    near = start.copy()
    near[0, 0] = room(free)[1][0] - 0.04
    trail = Trail(free, near, speed_scale=scale)
    trail.next(np.ones((1, JOINTS)), near)
    assert trail.shield.interventions["position limit"] == 0
    # What is slower anyway is not slowed further.
    calm = Trail(free, start, speed_scale=scale)
    for _ in range(3):
        calm.next(np.full((1, JOINTS), 0.9 * scale), calm.targets)
    np.testing.assert_allclose(calm.steps[0], 0.9 * calm.speed, rtol=1e-9)


def test_interventions_count_what_happened(robot: Robot) -> None:
    home = robot.home[None, robot.arm]
    never = dict.fromkeys(REASONS, 0)
    trail = Trail(robot, home)
    assert trail.shield.interventions == never
    for _ in range(5):
        trail.next(np.full((1, JOINTS), 0.4), trail.targets)
    assert trail.shield.interventions == never
    trail.next(np.full((1, JOINTS), -1.0), trail.targets)
    assert trail.shield.interventions == never | {"acceleration limit": JOINTS}

    trail = Trail(robot, np.tile(home, (3, 1)))
    actions = np.zeros((3, JOINTS))
    actions[1, 4] = np.nan
    trail.next(actions, trail.targets)
    assert trail.shield.interventions == never | {"action not finite": JOINTS}

    start = home.copy()
    start[0, 0] = room(robot)[1][0]  # As far as it goes.
    trail = Trail(robot, start)
    push = np.zeros((1, JOINTS))
    push[0, 0] = 0.4
    for _ in range(4):
        trail.next(push, trail.targets)
    assert trail.shield.interventions == never | {"position limit": 4}

    trail = Trail(robot, home)
    pushed = home.copy()
    pushed[0, 6] -= LEAD * robot.velocity_limits[robot.arm][6] + 0.01
    trail.next(np.zeros((1, JOINTS)), pushed)
    assert trail.shield.interventions == never | {"arm does not follow": 1}

    start = home.copy()
    start[0, 1] = 0.6  # Below the floor.
    trail = Trail(robot, start)
    trail.next(0.4 * pushing(robot, Kinematics(robot, 2 * JOINTS), start, -1.0), start)
    assert trail.shield.interventions == never | {"tool floor": JOINTS}


def test_full_speed_of_a_joint_without_limits_is_no_intervention(free: Robot) -> None:
    for period in np.linspace(0.01, 0.1, 37):
        trail = Trail(free, np.zeros((1, JOINTS)), float(period))
        actions = np.zeros((1, JOINTS))
        actions[0, CONTINUOUS] = 1.0
        for _ in range(20):
            trail.next(actions, trail.targets)
        assert trail.shield.interventions["position limit"] == 0


def test_many_arms_are_each_as_if_alone_to_the_bit(robot: Robot) -> None:
    arms = 8
    random = np.random.default_rng(7)
    start = somewhere(robot, random.random((arms, JOINTS)))
    actions = random.normal(0, 1, (60, arms, JOINTS))
    actions[random.random(actions.shape) < 0.01] = np.nan
    measured = start + random.normal(0, 0.3, actions.shape)
    steps = JointIncrements(robot, PERIOD).joint_steps(actions, measured, measured)

    def play(which: list[int]) -> bytes:
        shield = Shield(robot, len(which), PERIOD)
        shield.start(np.arange(len(which)), with_arm(robot, start[which]))
        seen = [
            shield.next_targets(asked[which], position[which])
            for asked, position in zip(steps, measured, strict=True)
        ]
        return np.stack(seen, axis=1).tobytes()

    assert play(list(range(arms))) == b"".join(play([arm]) for arm in range(arms))


def test_starting_some_arms_leaves_the_others_alone(robot: Robot) -> None:
    home = np.tile(robot.home[robot.arm], (3, 1))
    trail, undisturbed = Trail(robot, home), Trail(robot, home)
    actions = np.full((3, JOINTS), 0.4)
    for _ in range(4):
        trail.next(actions, trail.targets)
        undisturbed.next(actions, undisturbed.targets)
    trail.shield.start(np.array([1]), with_arm(robot, home[[1]] + 0.1))
    assert trail.shield.resting.tolist() == [False, True, False]
    np.testing.assert_array_equal(trail.shield.targets[1], home[1] + 0.1)
    for _ in range(4):
        steps = trail.action.joint_steps(actions, trail.shield.targets, trail.shield.targets)
        trail.shield.next_targets(steps, trail.shield.targets)
        undisturbed.next(actions, undisturbed.targets)
    np.testing.assert_array_equal(trail.shield.targets[[0, 2]], undisturbed.targets[[0, 2]])


def test_what_is_given_or_was_returned_is_not_changed(robot: Robot) -> None:
    shield = Shield(robot, 2, PERIOD)
    start = np.tile(robot.home, (2, 1))
    actions, measured = np.full((2, JOINTS), 3.0), start[:, robot.arm] + 1.0
    actions[0, 0] = np.nan
    shield.start(np.arange(2), start)
    first = shield.next_targets(actions, measured)
    kept = [array.copy() for array in (start, actions, measured, first)]
    shield.start(np.array([1]), with_arm(robot, measured[:1]))
    shield.next_targets(actions, measured)
    for array, was in zip((start, actions, measured, first), kept, strict=True):
        np.testing.assert_array_equal(array, was)
