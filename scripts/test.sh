#!/usr/bin/env bash
# Runs all tests but the slow ones; `make test` calls it. Arguments are pytest's, for example a file.
# First those that may share the cores, in one process more than there are cores, as they often wait. Then
# those that measure times: two at once, which leaves the cores idle enough.
# No `set -u`: the sourced files need unset variables.
cd "$(dirname "$(readlink -f "$0")")/.." || exit
. scripts/activate.sh

workers=$(($(nproc) + 1))
[ "$workers" -le 8 ] || workers=8
python -m pytest -m "not slow and not timing" -n "$workers" --dist loadgroup "$@"
code=$?
if [ "$code" = 2 ] || [ "$code" -gt 128 ]; then exit "$code"; fi # Interrupted, or killed.
if [ $# = 0 ]; then # Only the files that have some, as it takes long to collect all.
  mapfile -t files < <(grep -rl --include='test_*.py' 'pytest\.mark\.timing' tests ros2_ws/src)
  set -- "${files[@]}"
fi
python -m pytest -m "timing and not slow" -n 2 --dist loadgroup "$@"
timing_code=$?
# 5 says that no test was selected; arguments may name tests of one kind only.
[ "$code" != 5 ] || exit "$timing_code"
[ "$timing_code" = 5 ] || [ "$code" != 0 ] || exit "$timing_code"
exit "$code"
