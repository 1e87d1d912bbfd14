# shellcheck shell=bash
# To be sourced by bash after scripts/setup.sh: the environment in which the executables run.
_root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
. "$_root/.venv/bin/activate"
if command -v ros2 >/dev/null; then
  # What a sourced ROS puts on PYTHONPATH would come before the pinned packages: its cv_bridge, which NumPy 2 breaks.
  PYTHONPATH=$(echo "$VIRTUAL_ENV"/lib/python3.*/site-packages)${PYTHONPATH:+:$PYTHONPATH}
  export PYTHONPATH
else
  export AMENT_PREFIX_PATH=$VIRTUAL_ENV ROS_DISTRO=jazzy
fi
. "$_root/ros2_ws/install/local_setup.bash"
# Nothing leaves this host unless asked for.
export ROS_AUTOMATIC_DISCOVERY_RANGE=${ROS_AUTOMATIC_DISCOVERY_RANGE:-LOCALHOST}
unset _root
