"""Alerts in: every format, every bound, and the addresses that take them."""
