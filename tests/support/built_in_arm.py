"""The built-in arm and the figures of it that tests of the controller need."""

from arm_sim.scene.loader import load_robot

ROBOT = load_robot()
ARM = ROBOT.arm
PAN = 0  # Index of shoulder_pan_joint, which turns the whole arm to the left (positive) or right.
PERIOD = 0.05  # Control period, s.
# Largest increment of each joint in a control period, and largest change of it to the next.
FULL_STEP = ROBOT.velocity_limits[ARM] * PERIOD
LARGEST_CHANGE = ROBOT.acceleration_limits[ARM] * PERIOD**2
# Two target positions, m, between which the arm has to turn far.
LEFT, RIGHT = (0.7, 0.4, 0.9), (0.7, -0.4, 0.9)
