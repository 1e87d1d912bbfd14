#!/usr/bin/env bash
# Shows the machine, the runs with their checkpoints and success, and useful commands; also without Docker or a GPU.
set -euo pipefail

usage() {
  cat <<'END'
usage: docker/gpu_training_status.sh [LOG_DIR]

Shows the system, its GPUs, containers, the runs in LOG_DIR (default: logs), newest first, and useful commands.
END
}
case ${1:-} in
  -h | --help) usage; exit ;;
  -*) usage >&2; exit 2 ;;
esac
[ $# -le 1 ] || { usage >&2; exit 2; }
[ $# = 0 ] || logs=$(realpath -ms "$1")

cd "$(dirname "$(readlink -f "$0")")/.."
logs=${logs:-logs}
compose='docker compose -f docker/compose.yaml'

title() { printf '\n\033[1m%s\033[0m\n' "$*"; }
row() { printf '  %-12s %s\n' "$1" "$2"; }
ago() { # SECONDS SINCE 1970; how long ago that was
  local s=$(($(date +%s) - ${1%.*}))
  if ((s < 120)); then echo "$s s ago"
  elif ((s < 7200)); then echo "$((s / 60)) min ago"
  elif ((s < 172800)); then echo "$((s / 3600)) h ago"
  else echo "$((s / 86400)) days ago"; fi
}
# The last evaluation: 'success in a row 98.0% (93.0% to 99.4%) after 100352 steps', or 'after epoch 4' of a vision policy.
last_evaluation() { # FILE
  [ -f "$1" ] || { echo "not evaluated yet"; return; }
  awk -F, '
    NR == 1 { for (i = 1; i <= NF; i++) column[$i] = i; known = "success_in_a_row" in column; next }
    { after = "steps" in column ? $column["steps"] " steps" : "epoch " $column["epoch"] }
    { name = "success_in_a_row"; s = $column[name]; l = $column[name "_lower"]; u = $column[name "_upper"] }
    END {
      if (NR < 2) print "not evaluated yet"
      else if (!known) print "success in a row unknown: an older version wrote evaluations.csv"
      else printf "success in a row %.1f%% (%.1f%% to %.1f%%) after %s\n", 100 * s, 100 * l, 100 * u, after
    }' "$1"
}
last_checkpoint() { # RUN; of the run itself or of its teacher
  find "$1" -name 'arm_*_steps.zip' -printf '%f\n' | sort -V | tail -n 1
}

title System
row system "$(uname -sr)"
row CPU "$(nproc) cores, load $(cut -d ' ' -f 1-3 /proc/loadavg)"
row memory "$(awk '/^MemTotal/ {t = $2} /^MemAvailable/ {a = $2}
  END {printf "%.1f of %.1f GiB free", a / 2^20, t / 2^20}' /proc/meminfo)"
row disk "$(df -Ph . | awk 'NR == 2 {print $4 " of " $2 " free"}')"

title GPU
if ! command -v nvidia-smi >/dev/null; then
  row none "nvidia-smi is missing; docker/start_gpu_training.sh explains what to install"
elif ! gpus=$(nvidia-smi --format=csv,noheader \
  --query-gpu=name,driver_version,utilization.gpu,memory.used,memory.total,temperature.gpu 2>&1); then
  row none "nvidia-smi fails: $gpus; docker/start_gpu_training.sh explains what to do"
else
  while IFS=, read -r name driver used memory total temperature; do
    row "$name" "${used# } busy, ${memory# } of ${total# }, ${temperature# } °C, driver ${driver# }"
  done <<<"$gpus"
fi

title Containers
arm='./arm'
if ! command -v docker >/dev/null; then
  row none "docker is missing; the commands below are for this host"
elif ! containers=$(docker ps --filter label=com.docker.compose.project=arm \
  --format '{{.Names}}: {{.Status}}, {{.Command}}' 2>&1); then
  row none "Docker's engine does not answer: ${containers##*$'\n'}"
else
  arm="$compose run --rm gpu ./arm"
  printf '  %s\n' "${containers:-none running}"
fi

title "Runs in $logs"
unfinished='' finished=''
while read -r written run; do
  if [ -z "$run" ]; then continue; fi
  # The run of a vision policy has no final model itself; only its teacher has one.
  if compgen -G "$run/arm_*_final.zip" >/dev/null || [[ -d $run/teacher && -f $run/policy/policy.json ]]; then
    state=finished
    finished=${finished:-$run}
  else
    state=unfinished
    unfinished=${unfinished:-$run}
  fi
  checkpoint=$(last_checkpoint "$run")
  printf '  %s\n' "$run"
  printf '      %s, %s\n' "$state, written $(ago "$written")" "checkpoint ${checkpoint:-none yet}"
  printf '      %s\n' "$(last_evaluation "$run/evaluations.csv")"
done < <(
  find "$logs" -name settings.yaml ! -path '*/teacher/*' -printf '%h\n' 2>/dev/null | while read -r run; do
    printf '%s %s\n' "$(find "$run" -type f -printf '%T@\n' | sort -n | tail -n 1)" "$run"
  done | sort -rn
)
[ -n "$unfinished$finished" ] || row none "start one with: $arm train --algorithm PPO --steps 100000"

title "Quick commands"
[ -z "$unfinished" ] || row resume "$arm train --resume $unfinished"
[ -z "$finished" ] || row evaluate "$arm evaluate $finished"
row train "$arm train --algorithm PPO --steps 100000"
row compare "$arm compare --steps 100000 --seeds 3"
if [ "$arm" = ./arm ]; then
  row TensorBoard ".venv/bin/tensorboard --logdir $logs"
else
  row TensorBoard "$compose up -d tensorboard, then http://127.0.0.1:6006"
fi
row "GPU, live" "watch -n 1 nvidia-smi"
