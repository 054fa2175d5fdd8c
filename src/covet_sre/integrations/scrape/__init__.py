"""Targets scraped directly, for those who run no Prometheus."""

from covet_sre.integrations.scrape.pacing import WallPacer
from covet_sre.integrations.scrape.source import ScrapeSettings, ScrapeSource
from covet_sre.integrations.scrape.target import TargetHealth

__all__ = ["ScrapeSettings", "ScrapeSource", "TargetHealth", "WallPacer"]
