"""Simulation of many arms as arrays; trajectories of position targets; delays."""
