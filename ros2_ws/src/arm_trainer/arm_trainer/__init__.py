"""Trains reinforcement learning policies for an arm over ROS 2 topics and deploys them."""

import gymnasium

gymnasium.register(
    "arm_trainer/Reach-v0",
    entry_point="arm_trainer.envs.gym_env:make_arm_env",
    vector_entry_point="arm_trainer.envs.vector_env:ArmVectorEnv",
    kwargs={"task": "reach"},
)
