"""One file for each thing that happens: load, ask the domain to decide, write once."""
