"""Notifications out: one file for each kind of target, all of them behind the port `Notifier`."""

from covet_sre.integrations.notifying.making import make_notifiers, make_subscriber_webhook, unroutable

__all__ = ["make_notifiers", "make_subscriber_webhook", "unroutable"]
