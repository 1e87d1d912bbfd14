"""A MuJoCo simulation of one or many arms, and the ROS 2 node that publishes it."""
