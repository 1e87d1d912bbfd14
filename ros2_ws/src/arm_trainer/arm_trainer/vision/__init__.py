"""Policies that find the target in camera images."""
