"""Rule on actuators: commands are positions, so position actuators must follow them."""

from collections.abc import Iterator

import mujoco

from arm_sim.robot.model import actuated_joints, existing_joints, position_actuators
from arm_sim.robot.rules.fault import Fault
from arm_sim.robot.settings import RobotSettings


def position_actuators_move_joints(
    model: mujoco.MjModel, settings: RobotSettings
) -> Iterator[Fault]:
    """A position actuator moves every joint of arm and gripper."""
    served, actuated = position_actuators(model), actuated_joints(model)
    joints = {
        name: model.joint(name).id for name in existing_joints(model, settings.command_joints)
    }
    lacking = [name for name, index in joints.items() if index not in served]
    wrong = [name for name in lacking if joints[name] in actuated]
    missing = [name for name in lacking if name not in wrong]
    if wrong:
        yield Fault(
            f"The actuators of {', '.join(wrong)} are not position actuators, but commands are "
            "positions. Replace each, for instance a <motor>, by a <position>, with your arm's "
            "gains and largest torques (N·m).",
            _snippet(model, wrong),
        )
    if missing:
        yield Fault(
            f"No position actuator moves {', '.join(missing)}. Add one for each to <actuator>, "
            "with your arm's gains and largest torques (N·m).",
            _snippet(model, missing),
        )


def _snippet(model: mujoco.MjModel, joints: list[str]) -> str:
    return "\n".join(
        f'<position name="{name}" joint="{name}" kp="500" dampratio="1" inheritrange="'
        f'{int(model.joint(name).limited[0])}" forcerange="-50 50"/>'
        for name in joints
    )
