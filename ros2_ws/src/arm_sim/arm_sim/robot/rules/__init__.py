"""Rules that a robot's file and its scene settings must keep."""
