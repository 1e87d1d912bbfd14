"""Control periods of many arms as environments for Gymnasium and Stable-Baselines3."""
