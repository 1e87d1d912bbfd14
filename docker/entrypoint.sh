#!/usr/bin/env bash
# What the container runs finds ROS, the pinned packages and the workspace.
set -e
. /opt/ros/jazzy/setup.bash
. /opt/arm/scripts/activate.sh
exec "$@"
