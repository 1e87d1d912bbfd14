#!/usr/bin/env bash
# Runs the container's command in an environment with ROS, the pinned packages and the workspace.
set -e
. /opt/ros/jazzy/setup.bash
. /opt/arm/scripts/activate.sh
exec "$@"
