"""Physics of many arms as arrays, trajectories and delays."""
