"""One training run: settings, learning, checkpoints, run folder."""
