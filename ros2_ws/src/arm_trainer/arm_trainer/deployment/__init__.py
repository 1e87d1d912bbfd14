"""Control of one arm by a policy, without ROS."""
