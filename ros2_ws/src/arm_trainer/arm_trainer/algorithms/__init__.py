"""Learning algorithms by name, with their settings."""
