# Each target makes what it needs first: .venv, OpenGL, the colcon build. The second time that is a no-op.
SHELL := /bin/bash
BENCHMARKS := tick arm_steps training_over_ros soak controller_timing

.PHONY: demo train test test-slow lint bench setup clean

demo: setup
	./arm demo $(ARGS)

train: setup
	./arm train $(ARGS)

test: setup-dev lint
	scripts/test.sh $(ARGS)

test-slow: setup-dev
	source scripts/activate.sh && python -m pytest -m slow --timeout=3600 $(ARGS)

lint: setup-dev
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .
	.venv/bin/mypy ros2_ws/src/arm_sim/arm_sim ros2_ws/src/arm_trainer/arm_trainer

bench: setup
	mkdir -p bench_results
	source scripts/activate.sh && set -o pipefail && for name in $(BENCHMARKS); do \
		python bench/$$name.py | tee bench_results/$$name.md || exit 1; \
	done

setup:
	@scripts/setup.sh

.PHONY: setup-dev
setup-dev:
	@scripts/setup.sh dev

clean:
	rm -rf .venv ros2_ws/build ros2_ws/install ros2_ws/log play_log
