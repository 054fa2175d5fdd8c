"""The names that only people inside know, out of the files and what fires: what a public text is searched for."""

from collections.abc import Iterable, Iterator
from itertools import islice
from urllib.parse import urlsplit

from covet_sre.alerting.alert import Alert
from covet_sre.incident.rules import Rules
from covet_sre.status.leaks import InternalNames

_MACHINE_LABELS = ("instance", "host", "hostname", "node", "nodename", "server", "pod", "container", "cluster")
_MOST_ALERTS = 2000


def internal_names(rules: Rules, alerts: Iterable[Alert], incident: str = "") -> InternalNames:
    """Of the files, of machines that firing alerts name, and of the incident's alerts, if one is given."""
    addresses = [address for address in _addresses(rules) if "://" in address]
    hosts = {host for host in (_host(address) for address in addresses) if host}
    hosts |= {one.settings["host"] for one in rules.directory.targets.values() if one.settings.get("host")}
    names = dict.fromkeys([*_of_files(rules), *_of_alerts(alerts, incident)])
    return InternalNames(tuple(names), tuple(sorted(hosts)), tuple(sorted(set(addresses))))


def _of_files(rules: Rules) -> Iterator[tuple[str, str]]:
    yield from (("service", name) for name in rules.services)
    yield from (("SLO", name) for name in rules.slos)
    for team in rules.directory.teams.values():
        yield from (("team", name) for name in (team.name, team.display_name))
    for person in rules.directory.people.values():
        yield from (("person", name) for name in (person.name, person.display_name))
        yield from (("person", address) for address in person.addresses.values())
    yield from (("schedule", name) for name in rules.directory.schedules)
    yield from (("escalation policy", name) for name in rules.directory.escalations)


def _of_alerts(alerts: Iterable[Alert], incident: str) -> Iterator[tuple[str, str]]:
    for alert in islice((one for one in alerts if one.is_firing), _MOST_ALERTS):
        if incident and alert.incident == incident:
            yield "alert", alert.name
        for label, value in alert.labels:
            if label in _MACHINE_LABELS and value:
                yield "machine", value
                yield "machine", value.rpartition(":")[0] if value.rpartition(":")[2].isdigit() else value


def _addresses(rules: Rules) -> Iterator[str]:
    for service in rules.services.values():
        yield from (service.runbook, *(address for _, address in service.links))
    for target in rules.directory.targets.values():
        yield from (target.settings.get(name, "") for name in ("url", "api_url"))


def _host(address: str) -> str:
    try:
        return urlsplit(address).hostname or ""
    except ValueError:
        return ""
