"""The composed scene: a maker's robot with floor, light, cameras and goal around it."""
