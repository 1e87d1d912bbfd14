"""Actions by name. A new action is a file beside this one and a line here, or your own file."""

from arm_sim.common.registry import Registry
from arm_trainer.actions.action import Action
from arm_trainer.actions.hand_increments import (
    HandIncrements,
    HandPoseIncrements,
    HandYawIncrements,
)
from arm_trainer.actions.joint_increments import JointIncrements
from arm_trainer.actions.tool_increments import ToolIncrements

ACTIONS: Registry[Action] = Registry(
    "action",
    "arm_trainer.actions",
    {
        JointIncrements.name: JointIncrements,
        ToolIncrements.name: ToolIncrements,
        HandIncrements.name: HandIncrements,
        HandYawIncrements.name: HandYawIncrements,
        HandPoseIncrements.name: HandPoseIncrements,
    },
)
