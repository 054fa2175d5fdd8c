"""The demonstration: an example service under traffic, its past, its faults, and a short story about them."""
