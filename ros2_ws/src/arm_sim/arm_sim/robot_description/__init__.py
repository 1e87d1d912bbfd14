"""What a maker's robot file holds: arms, gripper, tool frame, base frame."""
