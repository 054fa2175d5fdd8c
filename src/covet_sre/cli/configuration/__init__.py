"""How a server is set up: one table of settings; flags, environment, a file and defaults, in this order."""
