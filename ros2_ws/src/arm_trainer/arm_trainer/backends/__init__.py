"""Connections between environments and simulated arms."""
