"""ROS 2 backends, the controller node, and child processes."""
