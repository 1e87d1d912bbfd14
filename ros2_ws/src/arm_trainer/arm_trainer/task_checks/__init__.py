"""Checks of a task: what is wrong with it, in plain words, for the command `check_task`."""
