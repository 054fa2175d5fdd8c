"""What targets tell us: who acknowledged or resolved there. Every delivery is signed."""

from covet_sre.integrations.coming_back.making import make_readers

__all__ = ["make_readers"]
