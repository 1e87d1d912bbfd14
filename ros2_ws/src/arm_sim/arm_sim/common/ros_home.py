"""The folder for files that programs of ROS keep for a user."""

import os
from pathlib import Path


def ros_home() -> Path:
    """Returns ROS_HOME, by default ~/.ros; it need not exist."""
    return Path(os.environ.get("ROS_HOME") or Path.home() / ".ros").absolute()
