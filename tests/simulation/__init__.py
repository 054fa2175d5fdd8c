"""The desk in a simulated world: one seed decides everything, and checkers judge what happened."""
