"""A task with objects is controlled only while each of them is shown, and where it can be.

All tests share one controller and one mock arm, which shows objects as perception would.
"""

import math
import os
from collections.abc import Callable, Iterator
from typing import NamedTuple

import pytest
from sensor_msgs.msg import MultiDOFJointState

from arm_sim.ros.joint_messages import stamp_ns
from arm_trainer.tasks.registry import TASKS
from support import object_task
from support.command_record import CommandRecord, assert_within_limits
from support.graph import wait_until
from support.messages import stamped
from support.mock_arm import Distort, MockArm, unspoilt
from support.object_scene import OBJECTS, robot_with_objects
from support.periodic import running
from support.processes import ROOT, Process
from support.ros_system import RosSystem

pytestmark = pytest.mark.timing
PLACES = {name: spec["position"] for name, spec in OBJECTS.items()}
PAN = 0


class World(NamedTuple):
    """The controller that commands the mock arm, and a record of its commands."""

    arm: MockArm
    record: CommandRecord
    controller: Process


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory, shared_system: RosSystem) -> Iterator[World]:
    from support.untrained_policies import swinging_policy

    graph = shared_system.graph
    policy = tmp_path_factory.mktemp("nudging") / "policy"
    task = f"{object_task.__file__}:Nudge"
    swinging_policy(policy, task=TASKS.find(task)(robot_with_objects()))
    record = CommandRecord(graph)
    with pytest.MonkeyPatch.context() as patch, running(MockArm(graph)) as arm:
        # Where the task's file finds the scene.
        patch.setenv("PYTHONPATH", f"{ROOT / 'tests'}:{os.environ.get('PYTHONPATH', '')}")
        controller = shared_system.start("controller_node", policy=policy, task=task)
        yield World(arm, record, controller)
        assert "Traceback" not in controller.output


@pytest.fixture
def moving(world: World) -> World:
    """The arm on its way to the other side, with all objects in sight."""
    arm = world.arm
    arm.objects, arm.distort_objects = PLACES, unspoilt
    arm.aim((0.7, -0.4, 0.9) if arm.positions[PAN] > 0 else (0.7, 0.4, 0.9))
    began = arm.positions[PAN]
    wait_until(lambda: abs(arm.positions[PAN] - began) > 0.2, timeout=30.0)
    world.record.forget()
    world.record.waits_for_more(4)
    return world


def test_it_waits_until_every_object_is_shown(world: World) -> None:
    _, record, controller = world
    controller.wait_for("Holding still: waiting for object_states of cube, can")
    world.arm.objects = {"can": PLACES["can"], "spoon": (0.5, 0.0, 0.6)}
    controller.wait_for("it does not name all of the task's objects (valid: cube, can, target;")
    assert record.is_silent(0.3)
    world.arm.objects = {"spoon": (0.5, 0.0, 0.6), **PLACES}  # It may see more.
    controller.wait_for("Commanding")
    record.waits_for_more()


def nothing(message: MultiDOFJointState) -> None:
    return None


def without_the_cube(message: MultiDOFJointState) -> MultiDOFJointState:
    del message.joint_names[0], message.transforms[0]
    return message


def not_finite(message: MultiDOFJointState) -> MultiDOFJointState:
    message.transforms[1].translation.z = math.nan
    return message


def of_the_past(message: MultiDOFJointState) -> MultiDOFJointState:
    return stamped(message, stamp_ns(message) - 10**9)


@pytest.mark.parametrize("fault", [nothing, without_the_cube, not_finite, of_the_past])
def test_it_holds_while_they_are_not_shown_and_then_goes_on(moving: World, fault: Distort) -> None:
    arm, record, controller = moving
    said = len(controller.output)
    arm.distort_objects = fault
    controller.wait_for("Holding still: no fresh object_states for 0.1 s", after=said)
    wait_until(lambda: record.is_silent(0.3))  # At first it brakes.
    arm.distort_objects = unspoilt
    record.waits_for_more()
    assert_within_limits(*record.read())


def elsewhere(times: float = math.inf) -> Callable[[MultiDOFJointState], MultiDOFJointState]:
    """Shows the cube one metre away, so many times."""
    left = [times]

    def distort(message: MultiDOFJointState) -> MultiDOFJointState:
        left[0] -= 1
        if left[0] >= 0:
            message.transforms[0].translation.x += 1.0
        return message

    return distort


def test_a_single_jump_is_passed_over(moving: World) -> None:
    arm, record, controller = moving
    said = len(controller.output)
    arm.distort_objects = elsewhere(1)
    record.waits_for_more(20)
    assert_within_limits(*record.read())
    assert (
        "Ignored a message on object_states: an object moved by 1.000" in controller.output[said:]
    )
    assert "Holding still" not in controller.output[said:]


def test_one_that_jumped_is_believed_where_it_stays(moving: World) -> None:
    arm, record, controller = moving
    said = len(controller.output)
    arm.distort_objects = elsewhere()
    controller.wait_for("an object moved by 1.0", after=said)
    record.waits_for_more(20)
    assert_within_limits(*record.read())
