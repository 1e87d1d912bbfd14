"""Rules that an MJCF and its robot YAML must keep to be loaded as a robot."""
