#!/usr/bin/env bash
# Checks what a training on a GPU in Docker needs, builds, starts, looks for the GPU inside, and prints what to type.
set -euo pipefail

usage() {
  cat <<'END'
usage: docker/start_gpu_training.sh

Checks driver, CUDA, Docker and the NVIDIA container toolkit, builds the image, starts TensorBoard, has PyTorch use
the GPU inside a container, and prints the commands that train. It trains nothing itself. What fails says what to do.
END
}
case ${1:-} in
  '') ;;
  -h | --help) usage; exit ;;
  *) usage >&2; exit 2 ;;
esac

cd "$(dirname "$(readlink -f "$0")")/.."
compose='docker compose -f docker/compose.yaml'
configure='sudo nvidia-ctk runtime configure --runtime=docker && sudo systemctl restart docker'
# What the torch of requirements.txt is built for; every driver from 580 on knows it.
cuda_needed=13.0

ok() { printf '✓ %s\n' "$*"; }
fail() { # WHAT IS WRONG, WHAT TO DO …
  printf '✗ %s\n' "$1" >&2
  shift
  printf '  → %s\n' "$@" >&2
  exit 1
}

# The driver
command -v nvidia-smi >/dev/null || fail "There is no NVIDIA driver: nvidia-smi is missing." \
  "Install the driver (on Ubuntu: sudo ubuntu-drivers install), restart, and see that nvidia-smi lists the GPU." \
  "Without an NVIDIA GPU, train on the CPU: ./arm train --algorithm PPO"
gpus=$(nvidia-smi --query-gpu=name,driver_version --format=csv,noheader 2>&1) || fail "nvidia-smi fails: $gpus" \
  "Restart: after an update, the driver in the kernel is the old one until then." \
  "If it stays so, install the driver again (on Ubuntu: sudo ubuntu-drivers install)."
ok "driver: ${gpus//$'\n'/; }"

# CUDA
cuda=$(nvidia-smi | sed -nE 's/.*CUDA[A-Za-z ]*Version *: *([0-9]+\.[0-9]+).*/\1/p' | head -n 1)
if [ -z "$cuda" ]; then
  ok "CUDA: nvidia-smi does not tell its version; PyTorch is asked below"
elif [ "$(printf '%s\n' "$cuda_needed" "$cuda" | sort -V | head -n 1)" != "$cuda_needed" ]; then
  fail "The driver knows CUDA up to $cuda, and PyTorch needs $cuda_needed." \
    "Update the driver to 580 or later (on Ubuntu: sudo ubuntu-drivers install), and restart." \
    "CUDA itself need not be installed: PyTorch brings it."
else
  ok "CUDA: the driver knows $cuda, PyTorch needs $cuda_needed"
fi

# Docker
command -v docker >/dev/null || fail "There is no Docker: the command docker is missing." \
  "Install Docker Engine with its Compose plugin (on Ubuntu: sudo apt-get install docker.io docker-compose-v2)."
answer=$(docker info 2>&1 >/dev/null) || fail "Docker's engine does not answer: ${answer##*$'\n'}" \
  "If it is not running: sudo systemctl enable --now docker" \
  "If permission is denied: sudo usermod -aG docker $(id -un), then log in again."
docker compose version >/dev/null 2>&1 || fail "Docker has no Compose plugin: 'docker compose' fails." \
  "Install it (Docker's own packages: docker-compose-plugin; Ubuntu's: docker-compose-v2)."
ok "Docker: $(docker --version)"

# The container toolkit
command -v nvidia-ctk >/dev/null || fail "There is no NVIDIA container toolkit: nvidia-ctk is missing." \
  "Install the package nvidia-container-toolkit, as NVIDIA's installation guide of that name says." \
  "Then: $configure"
ok "container toolkit: $(nvidia-ctk --version | head -n 1)"

# The image
mkdir -p logs || fail "The folder logs, where runs go, can't be made." "Make it: sudo install -d -o $(id -un) logs"
ARM_UID=$(id -u) ARM_GID=$(id -g)
if [ "$ARM_UID" = 0 ]; then # The container's user is never root.
  ARM_UID=${SUDO_UID:-1000} ARM_GID=${SUDO_GID:-1000}
  chown -R "$ARM_UID:$ARM_GID" logs
fi
[ -w logs ] || fail "The folder logs, where runs go, is not yours." "Make it so: sudo chown -R $(id -un) logs"
export ARM_UID ARM_GID
echo "Building the image (the first time, several GB are fetched) …"
$compose build gpu || fail "The image could not be built; Docker's own message is above." \
  "If space is short (df -h; the build needs about 30 GB): docker system prune" \
  "If something could not be fetched: see that this host reaches the Internet, and run this again; it goes on." \
  "If a step fails of itself: $compose build --progress=plain gpu"
ok "image: built"

# Start
$compose up -d tensorboard || fail "TensorBoard could not be started; Docker's own message is above." \
  "If port 6006 is taken, see by whom: ss -ltnp 'sport = :6006'; end that, and run this again."
ok "TensorBoard: http://127.0.0.1:6006"

# The GPU, inside
inside=$($compose run --rm -T gpu python -c '
import torch
if not torch.cuda.is_available():
    raise SystemExit("PyTorch finds no GPU.")
ones = torch.ones(256, 256, device="cuda")
assert (ones @ ones).eq(256).all()
print(f"{torch.cuda.get_device_name()}, PyTorch {torch.__version__} with CUDA {torch.version.cuda}")
') || fail "The GPU can't be used inside the container; the message is above." \
  "Tell Docker of the toolkit: $configure" \
  "See what the container has: $compose run --rm gpu nvidia-smi" \
  "If that lists the GPU and PyTorch does not use it, the driver is too old or the GPU is (see docs/gpu_training.md)."
ok "GPU inside: ${inside##*$'\n'}"

run="$compose run --rm gpu"
# compose builds by these, should it ever have to build again.
[ "$ARM_UID:$ARM_GID" = 1000:1000 ] || printf '\nFirst, in each new shell:\n  export ARM_UID=%s ARM_GID=%s\n' "$ARM_UID" "$ARM_GID"
cat <<END

Train (Ctrl-C leaves a checkpoint):
  $run ./arm train --algorithm PPO --steps 100000
  $run ./arm train --algorithm SAC --steps 100000 --device cuda
  $run ./arm compare --steps 100000 --seeds 3
Without a terminal that stays open:
  $compose run -d --name sac gpu ./arm train --algorithm SAC --steps 100000
  docker logs -f sac        docker stop sac   # leaves a checkpoint
Afterwards:
  $run ./arm evaluate logs/fetch_arm/RUN
  docker/gpu_training_status.sh
  $compose --profile '*' down
END
