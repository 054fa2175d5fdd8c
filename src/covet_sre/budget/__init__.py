"""Error budgets: what is left of them, how fast they go, and what each tier asks for."""
