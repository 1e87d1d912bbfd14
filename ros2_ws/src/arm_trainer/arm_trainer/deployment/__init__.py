"""Deployment: one arm under the control of a trained policy; plain Python, without ROS."""
