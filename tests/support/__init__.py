"""What the system tests share: processes, a test node, mock drivers, records of what was sent."""
