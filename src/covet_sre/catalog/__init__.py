"""Services and the sources that their metrics come from."""
