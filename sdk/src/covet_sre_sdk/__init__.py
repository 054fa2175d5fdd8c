"""Instrumentation for any ASGI application."""
