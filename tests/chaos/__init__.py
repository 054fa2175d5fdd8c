"""Real processes, killed at any moment under load; what they left is held against what was promised. `make chaos`."""
