"""Checks of a robot's files, statically and in simulation."""
