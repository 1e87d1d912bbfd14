# This project on ROS 2 Jazzy from apt (Ubuntu 24.04, Python 3.12), with CUDA PyTorch and RViz, run by an ordinary user.
# It has not been built yet; docs/unproven.md has the commands that would prove it.
FROM ros:jazzy-ros-base

SHELL ["/bin/bash", "-o", "pipefail", "-c"]

# No versions: the archives of Ubuntu and ROS keep only the newest, so a pin would break a later build.
# No ros-jazzy-cv-bridge: it is built for NumPy 1; the one in requirements.txt works with NumPy 2.
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install -y --no-install-recommends \
        libegl1 \
        libgl1 \
        libgl1-mesa-dri \
        python3-venv \
        ros-jazzy-robot-state-publisher \
        ros-jazzy-rviz2 \
    && rm -rf /var/lib/apt/lists/*

# With `--gpus`, the NVIDIA container toolkit adds the driver's EGL, but not the file by which EGL finds it.
# Without a GPU, EGL ignores this file and uses Mesa.
COPY docker/10_nvidia.json /usr/share/glvnd/egl_vendor.d/
ENV NVIDIA_DRIVER_CAPABILITIES=all

# The same user and group ids as on the host, so that logs/ belongs to the host's user. In the base image, the user
# `ubuntu` has the id 1000, so it is deleted.
ARG UID=1000
ARG GID=1000
RUN if id ubuntu >/dev/null 2>&1; then userdel --remove ubuntu; fi \
    && groupadd --non-unique --gid "$GID" arm \
    && useradd --non-unique --no-log-init --create-home --shell /bin/bash --uid "$UID" --gid "$GID" arm \
    && install -d -o "$UID" -g "$GID" /opt/arm /opt/arm/logs /opt/arm/ros2_ws
# hadolint ignore=DL3066
USER arm
WORKDIR /opt/arm

# Every bash script finds ROS, during the build as well.
ENV BASH_ENV=/opt/ros/jazzy/setup.bash

# The pinned packages, several GB, are a layer of their own: a change of our sources does not rebuild it.
COPY --chown=arm:arm requirements.txt ./
COPY --chown=arm:arm scripts/ scripts/
RUN PIP_NO_CACHE_DIR=1 scripts/setup.sh packages

COPY --chown=arm:arm arm ./
COPY --chown=arm:arm launch/ launch/
COPY --chown=arm:arm ros2_ws/src/ ros2_ws/src/
COPY --chown=arm:arm docker/entrypoint.sh docker/
# Compiled here, because each new container would do it otherwise. The last lines fail the build if a package comes
# from the wrong place.
RUN .venv/bin/python -m compileall -q ros2_ws/src \
    && scripts/setup.sh \
    && docker/entrypoint.sh python -c "import cv_bridge, numpy, rclpy, torch; \
assert '.venv' in cv_bridge.__file__ and '.venv' in numpy.__file__ and '.venv' not in rclpy.__file__; \
print('NumPy', numpy.__version__, 'PyTorch', torch.__version__, 'CUDA', torch.version.cuda)"

ENTRYPOINT ["/opt/arm/docker/entrypoint.sh"]
CMD ["bash"]
