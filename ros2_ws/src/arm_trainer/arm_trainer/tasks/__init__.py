"""Tasks: observation, reward, success and start states."""
