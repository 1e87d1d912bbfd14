"""A robot, read from its files: joints, limits, kinematics, URDF."""
