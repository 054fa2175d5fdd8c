"""Real servers for tests, on loopback, each started in a moment and stopped at the end."""
