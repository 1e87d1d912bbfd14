"""Rollouts of a policy, statistics, plots and comparisons."""
