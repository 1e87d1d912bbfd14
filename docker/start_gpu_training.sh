#!/usr/bin/env bash
# Checks the requirements of GPU training in Docker, builds the image, tests the GPU in it, and prints the commands.
set -euo pipefail

usage() {
  cat <<'END'
usage: docker/start_gpu_training.sh

Checks driver, CUDA, Docker and the NVIDIA container toolkit, builds the image, starts TensorBoard, tests the GPU with
PyTorch inside a container, and prints the training commands. It does not train. If a step fails, it prints what to do.
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
# The CUDA version that the PyTorch of requirements.txt is built for; drivers from 580 on support it.
cuda_needed=13.0

ok() { printf '✓ %s\n' "$*"; }
fail() { # PROBLEM, SOLUTION …
  printf '✗ %s\n' "$1" >&2
  shift
  printf '  → %s\n' "$@" >&2
  exit 1
}

# The driver
command -v nvidia-smi >/dev/null || fail "There is no NVIDIA driver: nvidia-smi is missing." \
  "Install the driver (on Ubuntu: sudo ubuntu-drivers install), restart, and check that nvidia-smi lists the GPU." \
  "Without an NVIDIA GPU, train on the CPU: ./arm train --algorithm PPO"
gpus=$(nvidia-smi --query-gpu=name,driver_version --format=csv,noheader 2>&1) || fail "nvidia-smi fails: $gpus" \
  "Restart: after an update of the driver, the kernel uses the old one until a restart." \
  "If that does not help, install the driver again (on Ubuntu: sudo ubuntu-drivers install)."
ok "driver: ${gpus//$'\n'/; }"

# CUDA
cuda=$(nvidia-smi | sed -nE 's/.*CUDA[A-Za-z ]*Version *: *([0-9]+\.[0-9]+).*/\1/p' | head -n 1)
if [ -z "$cuda" ]; then
  ok "CUDA: nvidia-smi does not print the version; PyTorch is tested below"
elif [ "$(printf '%s\n' "$cuda_needed" "$cuda" | sort -V | head -n 1)" != "$cuda_needed" ]; then
  fail "The driver supports CUDA up to $cuda, and PyTorch needs $cuda_needed." \
    "Update the driver to 580 or later (on Ubuntu: sudo ubuntu-drivers install), and restart." \
    "CUDA itself need not be installed: PyTorch contains it."
else
  ok "CUDA: the driver supports $cuda, PyTorch needs $cuda_needed"
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
  "Install the package nvidia-container-toolkit as in NVIDIA's installation guide of that name." \
  "Then: $configure"
ok "container toolkit: $(nvidia-ctk --version | head -n 1)"

# The image
mkdir -p logs || fail "The folder logs, for the runs, can't be created." "Create it: sudo install -d -o $(id -un) logs"
ARM_UID=$(id -u) ARM_GID=$(id -g)
if [ "$ARM_UID" = 0 ]; then # The user in the container is never root.
  ARM_UID=${SUDO_UID:-1000} ARM_GID=${SUDO_GID:-1000}
  chown -R "$ARM_UID:$ARM_GID" logs
fi
[ -w logs ] || fail "You can't write to the folder logs, for the runs." "Change its owner: sudo chown -R $(id -un) logs"
export ARM_UID ARM_GID
echo "Building the image (the first time, it downloads several GB) …"
$compose build gpu || fail "The image could not be built; Docker's own message is above." \
  "If space is short (df -h; the build needs about 30 GB): docker system prune" \
  "If a download failed: check this host's connection to the Internet, and run this again; it continues." \
  "For another reason: $compose build --progress=plain gpu"
ok "image: built"

# Start
$compose up -d tensorboard || fail "TensorBoard could not be started; Docker's own message is above." \
  "If port 6006 is in use, find the program: ss -ltnp 'sport = :6006'; end it, and run this again."
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
  "Make Docker use the toolkit: $configure" \
  "List the GPUs of the container: $compose run --rm gpu nvidia-smi" \
  "If it lists the GPU but PyTorch can't use it, the driver or the GPU is too old (see docs/gpu_training.md)."
ok "GPU inside: ${inside##*$'\n'}"

run="$compose run --rm gpu"
# Compose needs these if it builds the image again.
[ "$ARM_UID:$ARM_GID" = 1000:1000 ] || printf '\nFirst, in each new shell:\n  export ARM_UID=%s ARM_GID=%s\n' "$ARM_UID" "$ARM_GID"
cat <<END

Train (Ctrl-C saves a checkpoint):
  $run ./arm train --algorithm PPO --steps 100000
  $run ./arm train --algorithm SAC --steps 100000 --device cuda
  $run ./arm compare --steps 100000 --seeds 3
In the background:
  $compose run -d --name sac gpu ./arm train --algorithm SAC --steps 100000
  docker logs -f sac        docker stop sac   # saves a checkpoint
Afterwards:
  $run ./arm evaluate logs/fetch_arm/RUN
  docker/gpu_training_status.sh
  $compose --profile '*' down
END
