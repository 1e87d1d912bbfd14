"""Errors, settings files, commands and CPU affinity, for every other package."""
