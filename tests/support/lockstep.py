"""What a client of a simulator in lockstep does; see docs/wire.md."""

from typing import Any

from sensor_msgs.msg import JointState

from arm_sim.ros.joint_messages import JointWriter, stamp_ns
from support.built_in_arm import ROBOT
from support.graph import Graph, Listener

PERIOD_NS = 50_000_000  # Control period.


def last_state(graph: Graph, states: Listener) -> Any:
    """Asks for the last state, of joints or objects, until it arrives; nothing moves by that."""
    states.drain()
    asked = 0
    state = None
    while state is None:
        assert asked < 50, "the simulator does not answer an empty joint_reset"
        graph.publish("joint_reset", JointState())
        state = states.next_or_none(0.2)
        asked += 1
    # Those that were sent before both sides had found each other may be answered as well.
    while asked > 1 and (again := states.next_or_none(0.3)) is not None:
        assert stamp_ns(again) == stamp_ns(state)
    return state


def home_command(state: JointState) -> JointState:
    """A command of every arm and gripper joint to its home position, in answer to a state."""
    home = ROBOT.home[ROBOT.command_indices][None]
    return JointWriter(ROBOT.command_joints, 1).write(stamp_ns(state), home)


def reset_to(state: JointState, **positions: float) -> JointState:
    """A reset of some joints, in answer to a state."""
    reset = JointState(name=list(positions), position=list(positions.values()))
    reset.header.stamp = state.header.stamp
    return reset
