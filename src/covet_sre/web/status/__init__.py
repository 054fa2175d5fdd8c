"""The status page: what the public reads, and the pages from which people tell it."""
