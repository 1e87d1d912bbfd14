"""Commands are allowed only while every condition is met, and each reason is logged once."""

from collections.abc import Callable

import numpy as np
import pytest

from arm_trainer.deployment.command_gate import CommandGate, GateEvent
from arm_trainer.deployment.image_monitor import ImageMonitor
from arm_trainer.deployment.joint_state_monitor import JointStateMonitor
from arm_trainer.deployment.object_monitor import ObjectMonitor

MAX_AGE = 0.1
OPENED, CLOSED, STILL_CLOSED = GateEvent.OPENED, GateEvent.CLOSED, GateEvent.STILL_CLOSED


class World:
    """A gate, and the conditions that it checks; all are met after `satisfy`."""

    def __init__(self, cameras: bool = False, objects: bool = False) -> None:
        self.now = 5.0
        self.states = JointStateMonitor(np.ones(1), MAX_AGE)
        self.images = ImageMonitor(["/top"], 2, MAX_AGE) if cameras else None
        home = np.array([[0.5, 0.0, 0.6, 0.0, 0.0, 0.0, 1.0]])
        self.objects = ObjectMonitor(["cube"], home, MAX_AGE) if objects else None
        self.gate = CommandGate(self.states, self.objects, self.images, "/joint_command", self.now)
        self.has_target = False

    @property
    def clock_ns(self) -> int:
        return round((1000.0 + self.now) * 1e9)

    def receive_state(self) -> None:
        self.states.update(self.clock_ns, np.zeros(1), self.now, self.clock_ns)

    def receive_objects(self) -> None:
        assert self.objects is not None
        poses, velocities = self.objects.poses, self.objects.velocities
        self.objects.update(self.clock_ns, poses, velocities, self.now, self.clock_ns)

    def receive_image(self) -> None:
        assert self.images is not None
        self.images.update(0, np.zeros((2, 2, 3), np.uint8), self.clock_ns, self.now)

    def satisfy(self) -> None:
        self.receive_state()
        self.gate.sole_publisher = self.gate.has_subscriber = self.has_target = True
        if self.images is not None:
            self.receive_image()
        if self.objects is not None:
            self.receive_objects()

    def update(self, after: float = 0.0) -> GateEvent | None:
        self.now += after
        return self.gate.update(self.has_target, self.now, self.clock_ns)


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture
def open_world(world: World) -> World:
    world.satisfy()
    assert world.update() is OPENED
    return world


def test_each_missing_condition_is_named(world: World) -> None:
    reasons = []
    for meet in (
        world.receive_state,
        lambda: setattr(world.gate, "sole_publisher", True),
        lambda: setattr(world.gate, "has_subscriber", True),
        lambda: setattr(world, "has_target", True),
    ):
        world.update()
        reasons.append(world.gate.hold_reason)
        meet()
    assert reasons == [
        "waiting for joint_states",
        "another node publishes on /joint_command too",
        "nobody listens on /joint_command",
        "no target",
    ]
    assert world.update() is OPENED and world.gate.hold_reason is None
    assert world.gate.holds == 0


def break_sole_publisher(world: World) -> None:
    world.gate.sole_publisher = False


def break_subscriber(world: World) -> None:
    world.gate.has_subscriber = False


def break_states(world: World) -> None:
    world.now += MAX_AGE + 0.01


def stop(world: World) -> None:
    world.gate.emergency_stopped = True


def deactivate(world: World) -> None:
    world.gate.deactivating = True


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        (break_states, "no fresh joint state for 0.1 s"),
        (break_sole_publisher, "another node publishes on /joint_command too"),
        (break_subscriber, "nobody listens on /joint_command"),
        (stop, "emergency stop"),
        (deactivate, "being deactivated"),
    ],
)
def test_every_fault_closes_the_gate_at_once(
    open_world: World, fault: Callable[[World], None], reason: str
) -> None:
    assert open_world.update() is None
    fault(open_world)
    assert open_world.update() is CLOSED
    assert open_world.gate.hold_reason == reason and open_world.gate.holds == 1
    assert open_world.gate.closed_for_good == (fault in (stop, deactivate))


def test_it_opens_again_when_the_fault_is_over(open_world: World) -> None:
    for holds in (1, 2):
        break_subscriber(open_world)
        assert open_world.update() is CLOSED and open_world.gate.holds == holds
        open_world.satisfy()
        assert open_world.update() is OPENED and open_world.gate.hold_reason is None


def test_after_an_emergency_stop_it_stays_closed(open_world: World) -> None:
    stop(open_world)
    assert open_world.update() is CLOSED
    open_world.satisfy()
    assert open_world.update() is None
    assert open_world.gate.hold_reason == "emergency stop"


def test_a_reason_not_to_start_is_logged_once_it_lasts(world: World) -> None:
    assert world.update() is None
    assert world.update(after=0.4) is None
    assert world.update(after=0.2) is STILL_CLOSED
    assert world.update(after=1.0) is None
    # Another reason has to last as well.
    world.receive_state()
    assert world.update() is None
    assert world.update(after=0.05) is None
    for _ in range(10):
        world.now += 0.05
        world.receive_state()
    assert world.update() is STILL_CLOSED


def test_the_reason_for_closing_is_not_logged_twice(open_world: World) -> None:
    break_subscriber(open_world)
    assert open_world.update() is CLOSED
    for _ in range(10):
        open_world.receive_state()
        assert open_world.update(after=0.08) is None


def test_with_cameras_images_are_needed_instead_of_a_target() -> None:
    world = World(cameras=True)
    world.satisfy()
    world.has_target = False
    assert world.update() is OPENED
    world.now += 0.06
    world.receive_state()
    assert world.update() is None
    world.now += 0.06
    world.receive_state()
    assert world.update() is CLOSED
    assert world.gate.hold_reason == "no fresh image on /top for 0.1 s"
    world.receive_image()
    assert world.update() is OPENED


def test_with_objects_their_states_are_needed_besides_a_target() -> None:
    world = World(objects=True)
    world.receive_state()
    world.gate.sole_publisher = world.gate.has_subscriber = True
    assert world.update() is None
    assert world.gate.hold_reason == "waiting for object_states of cube"
    world.receive_objects()
    assert world.update() is None and world.gate.hold_reason == "no target"
    world.has_target = True
    assert world.update() is OPENED
    for _ in range(3):
        world.now += 0.04
        world.receive_state()
    assert world.update() is CLOSED
    assert world.gate.hold_reason == "no fresh object_states for 0.1 s"
