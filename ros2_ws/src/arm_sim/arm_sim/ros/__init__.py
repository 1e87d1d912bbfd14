"""ROS 2 messages, topics and nodes of the simulator."""
