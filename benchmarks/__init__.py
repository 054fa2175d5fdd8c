"""The project's promises as figures: `make bench` measures each beside its target, and beside its peers in one run."""
