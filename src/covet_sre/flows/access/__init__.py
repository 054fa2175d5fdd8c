"""Signing in, and looking after users and tokens."""
