"""One look at what a target exposes: its metric names and the labels of its series."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from covet_sre.errors import SourceMisanswered
from covet_sre.integrations.address import Address
from covet_sre.integrations.bounded_http import HttpClient
from covet_sre.integrations.reply import Limits, refused_status
from covet_sre.integrations.scrape.exposition import ACCEPT, NotAnExposition, parse_sample, text_of

LIMITS = Limits(timeout_seconds=10, size_bytes=10_000_000)


@dataclass(frozen=True, slots=True)
class ExposedNow:
    """`series` are labels by metric, the source's own labels and `instance` included."""

    shown_address: str
    names: Sequence[str]
    series: Mapping[str, Sequence[Mapping[str, str]]]

    @classmethod
    def at(cls, address: str, labels: Mapping[str, str], headers: Mapping[str, str]) -> "ExposedNow":
        """Ask once. Raises ValueError when the address is none, SourceError."""
        client = HttpClient(Address.parse(address), LIMITS, headers=headers, secrets=(headers or {}).values())
        where = client.address.shown
        try:
            path = (client.address.path or "/metrics") + (f"?{client.address.query}" if client.address.query else "")
            reply = client.exchange("GET", path, headers={"Accept": ACCEPT})
        finally:
            client.close()
        if refusal := refused_status(reply, where):
            raise refusal
        try:
            text = text_of(reply.body, reply.content_type, delimited=reply.delimited)
            samples = [parse_sample(line) for line in text.split("\n") if line.strip() and not line.startswith("#")]
        except NotAnExposition as wrong:
            remedy = "check that the address is that of its metrics, and what they hold"
            raise SourceMisanswered(str(wrong), where=where, remedy=remedy) from wrong
        series: dict[str, list[Mapping[str, str]]] = {}
        given = {"instance": client.address.host_and_port, **labels}
        for sample in samples:
            series.setdefault(sample.name, []).append({**sample.labels, **given})
        return cls(where, sorted(series), series)
