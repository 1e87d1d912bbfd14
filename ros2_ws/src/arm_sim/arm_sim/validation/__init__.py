"""Checks of a robot's files: the loader's rules, further static checks, simulated trials."""
