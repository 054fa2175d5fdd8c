"""Pages for signing in, one's own account, and who may do what."""
