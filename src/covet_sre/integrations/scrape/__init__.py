"""Targets scraped directly, for those who run no Prometheus."""

from covet_sre.integrations.scrape.pacing import Pacer, WallPacer
from covet_sre.integrations.scrape.source import ScrapeSettings, ScrapeSource
from covet_sre.integrations.scrape.target import TargetHealth

__all__ = ["Pacer", "ScrapeSettings", "ScrapeSource", "TargetHealth", "WallPacer"]
