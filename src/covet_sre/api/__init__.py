"""The HTTP API under /api/v1: what the pages show, as exact numbers."""

from covet_sre.api.problems import problem_answer
from covet_sre.api.routes import router

__all__ = ["problem_answer", "router"]
