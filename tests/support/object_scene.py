"""The built-in arm with two free objects on its table."""

import json

from arm_sim.robot.robot import Robot
from arm_sim.scene.loader import RobotSource

TABLE = 0.6  # Height of its top, m.
OBJECTS = {
    "cube": {"size": [0.05, 0.05, 0.05], "position": [0.7, 0.2, TABLE + 0.025], "yaw": 0.4},
    "can": {"shape": "cylinder", "size": [0.05, 0.1], "position": [0.7, -0.2, TABLE + 0.05]},
}
CHANGES = json.dumps({"objects": OBJECTS})
SOURCE = RobotSource(changes=CHANGES)


def robot_with_objects() -> Robot:
    """The arm; loaded once."""
    return SOURCE.load()
