"""Alertmanager's API v2 over our alerts and silences, so that amtool and what else knows it works against us."""

from covet_sre.api.alertmanager.routes import Alertmanager, alertmanager_routes

__all__ = ["Alertmanager", "alertmanager_routes"]
