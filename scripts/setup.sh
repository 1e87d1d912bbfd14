#!/usr/bin/env bash
# Makes everything the project needs, once: .venv with the pinned packages, OpenGL, the colcon build.
# The second time it finds nothing to do. `setup.sh dev` adds what the tests need; `setup.sh packages` stops
# before the build, so that a Docker image has the packages in a layer of their own. Debian packages are
# installed only by root, beside the Python packages, as that is another server and another core.
set -euo pipefail
cd "$(dirname "$(readlink -f "$0")")/.."
say() { printf '\033[1m%s\033[0m\n' "$*" >&2; }
fail() { printf '%s\n' "$*" >&2; exit 2; }

# Several commands started at once must not build at once. The lock ends with this script.
exec 9< scripts/setup.sh
flock 9

# A sourced ROS 2 Jazzy is used as it is; without one, rclpy comes from PyPI.
apt_ros=false
if command -v ros2 >/dev/null; then
  [ "${ROS_DISTRO:-}" = jazzy ] || fail "The sourced ROS is '${ROS_DISTRO:-unknown}'; source ROS 2 Jazzy, or none at all."
  apt_ros=true
fi

requirements() {
  if $apt_ros; then grep -v '^ros-' "$1"; else cat "$1"; fi
}

install_requirements() { # FILE
  local mark=.venv/.installed-$1
  if requirements "$1" | cmp -s - "$mark"; then return; fi
  say "Installing $1 (about a minute) …"
  requirements "$1" > .venv/wanted.txt
  .venv/bin/python -m pip install --quiet --disable-pip-version-check -r .venv/wanted.txt
  mv .venv/wanted.txt "$mark"
}

if [ ! -x .venv/bin/python ]; then
  python=${PYTHON:-python3}
  command -v "$python" >/dev/null || fail "There is no $python; install Python 3.11, 3.12 or 3.13."
  "$python" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' \
    || fail "$("$python" --version) can't be used; set PYTHON to a Python 3.11, 3.12 or 3.13."
  say "Making .venv with $("$python" --version) …"
  if $apt_ros; then site=--system-site-packages; else site=; fi
  "$python" -m venv $site .venv \
    || { rm -rf .venv; fail "Python can't make a virtual environment; type: apt-get install python3-venv"; }
fi
# Whether a .venv sees the system's packages is settled when it is made, and an apt ROS needs them.
if ! grep -q "^include-system-site-packages = $apt_ros" .venv/pyvenv.cfg; then
  if $apt_ros; then
    fail "A ROS is sourced, but .venv was made without one; to use the sourced ROS, type 'make clean' and begin again."
  fi
  fail ".venv was made with a sourced ROS; source /opt/ros/jazzy/setup.bash first, or do without: type 'make clean'."
fi

# EGL draws the cameras without a display; Mesa's software renderer serves where there is no GPU.
opengl="libegl1 libgl1 libgl1-mesa-dri"
has_opengl() {
  [ -e .venv/.opengl-found ] ||
    .venv/bin/python -c 'import ctypes; ctypes.CDLL("libEGL.so.1"); ctypes.CDLL("libGL.so.1")' 2>/dev/null
}
# For the tests of the live view; the names are those of tests/support/browser.py.
has_browser() {
  local name
  for name in chromium chromium-browser google-chrome chrome; do
    if command -v "$name" >/dev/null; then return; fi
  done
  return 1
}

debian_packages=()
has_opengl || debian_packages+=("$opengl")
[ "${1:-}" != dev ] || has_browser || debian_packages+=(chromium)
installation=
if [ ${#debian_packages[@]} -gt 0 ] && command -v apt-get >/dev/null && [ "$(id -u)" = 0 ]; then
  say "Installing ${debian_packages[*]} …"
  {
    export DEBIAN_FRONTEND=noninteractive
    apt-get update -qq || true
    for packages in "${debian_packages[@]}"; do # Apart, as a distribution may lack one of them.
      # shellcheck disable=SC2086 # They are several words.
      apt-get install -y -qq --no-install-recommends $packages || true
    done
  } > .venv/apt.log 2>&1 < /dev/null &
  installation=$!
fi

install_requirements requirements.txt
[ "${1:-}" != dev ] || install_requirements requirements-dev.txt

[ -z "$installation" ] || wait "$installation" || true
has_opengl || fail "OpenGL is missing; type: sudo apt-get install -y $opengl"
touch .venv/.opengl-found

[ "${1:-}" != packages ] || exit 0

# Sources are linked, not copied, so only a change to what colcon reads itself calls for another build.
stamp=ros2_ws/install/.built
if [ ! -e $stamp ] || [ -n "$(find ros2_ws/src -newer $stamp \( -name package.xml -o -name 'setup.*' -o -type d \
    ! -name __pycache__ ! -name .pytest_cache ! -name '*.egg-info' \) -print -quit)" ]; then
  say "Building the ROS packages …"
  mkdir -p ros2_ws/build
  log=ros2_ws/build/setup.log
  (
    . .venv/bin/activate
    $apt_ros || export AMENT_PREFIX_PATH=$VIRTUAL_ENV
    cd ros2_ws
    python -m colcon build --symlink-install --event-handlers console_cohesion+
  ) > "$log" 2>&1 || { cat "$log" >&2; fail "colcon build failed; its output is above."; }
  touch $stamp
fi
