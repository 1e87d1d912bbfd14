# The stack on an apt ROS 2 Jazzy (Ubuntu 24.04, Python 3.12), with CUDA PyTorch and RViz, run by an ordinary user.
# It was never built where it was written; docs/unproven.md has the commands that prove it.
FROM ros:jazzy-ros-base

SHELL ["/bin/bash", "-o", "pipefail", "-c"]

# No versions: the archives of Ubuntu and ROS keep only the newest, so a pin would break a later build.
# No ros-jazzy-cv-bridge: it is built for NumPy 1; the one that works is in requirements.txt.
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

# With `--gpus` the NVIDIA container toolkit brings the driver's EGL, but not the file by which EGL finds it.
# Without a GPU, EGL passes over it and takes Mesa.
COPY docker/10_nvidia.json /usr/share/glvnd/egl_vendor.d/
ENV NVIDIA_DRIVER_CAPABILITIES=all

# The same numbers as the person's who runs it, so that logs/ belongs to them. The base image's user `ubuntu`
# holds 1000.
ARG UID=1000
ARG GID=1000
RUN if id ubuntu >/dev/null 2>&1; then userdel --remove ubuntu; fi \
    && groupadd --non-unique --gid "$GID" arm \
    && useradd --non-unique --no-log-init --create-home --shell /bin/bash --uid "$UID" --gid "$GID" arm \
    && install -d -o "$UID" -g "$GID" /opt/arm /opt/arm/logs /opt/arm/ros2_ws
# hadolint ignore=DL3066
USER arm
WORKDIR /opt/arm

# Every bash script, those of the build too, finds ROS.
ENV BASH_ENV=/opt/ros/jazzy/setup.bash

# The pinned packages, several GB, are a layer that a change of our sources leaves alone.
COPY --chown=arm:arm requirements.txt ./
COPY --chown=arm:arm scripts/ scripts/
RUN PIP_NO_CACHE_DIR=1 scripts/setup.sh packages

COPY --chown=arm:arm arm ./
COPY --chown=arm:arm launch/ launch/
COPY --chown=arm:arm ros2_ws/src/ ros2_ws/src/
COPY --chown=arm:arm docker/entrypoint.sh docker/
# Compiled here, or else each new container would do it. The last lines fail the build if a package comes from where
# it should not.
RUN .venv/bin/python -m compileall -q ros2_ws/src \
    && scripts/setup.sh \
    && docker/entrypoint.sh python -c "import cv_bridge, numpy, rclpy, torch; \
assert '.venv' in cv_bridge.__file__ and '.venv' in numpy.__file__ and '.venv' not in rclpy.__file__; \
print('NumPy', numpy.__version__, 'PyTorch', torch.__version__, 'CUDA', torch.version.cuda)"

ENTRYPOINT ["/opt/arm/docker/entrypoint.sh"]
CMD ["bash"]
