"""The commands. Each is loaded only when it is called."""
