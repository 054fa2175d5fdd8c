"""NotificationTarget documents -> targets: what is told as text, and where the secrets are."""

from collections.abc import Mapping
from typing import cast

from covet_sre.oncall.target import LOCAL_INBOX, SUBSCRIBER_WEBHOOK, NotificationTarget, TargetKind
from covet_sre.spec import notification_documents as documents
from covet_sre.spec.annotations import read_annotations
from covet_sre.spec.findings import Findings, Spot
from covet_sre.spec.library import Library
from covet_sre.spec.openslo import Strict
from covet_sre.spec.shape import check
from covet_sre.spec.sources import HEADER, is_address

_SECRETS: Mapping[TargetKind, tuple[str, ...]] = {
    TargetKind.PAGERDUTY: ("routing_key", "signing_secret"),
    TargetKind.SLACK: ("token", "signing_secret"),
    TargetKind.EMAIL: ("username", "password"),
    TargetKind.WEBHOOK: ("secret",),
    TargetKind.GITHUB: ("token",),
    TargetKind.JIRA: ("user", "token"),
}
_NEEDED = {
    (TargetKind.PAGERDUTY, "routing_key"),
    (TargetKind.SLACK, "token"),
    (TargetKind.GITHUB, "token"),
    (TargetKind.JIRA, "token"),
}
_ADDRESSES = ("url", "api_url")
_OUR_OWN = {LOCAL_INBOX.name: "our own inbox", SUBSCRIBER_WEBHOOK: "the target for webhooks of subscribers"}


def notification_targets(library: Library) -> dict[str, NotificationTarget]:
    """Every target that has no error, by name, and the inbox, which is always there."""
    found = {LOCAL_INBOX.name: LOCAL_INBOX}
    for entry, model in library.all_of(documents.NotificationTarget):
        findings, spot = library.findings, entry.spot
        read_annotations("NotificationTarget", model.metadata.annotations, spot / "metadata", findings)
        if entry.name in _OUR_OWN:
            problem = f"{entry.name} is the name of {_OUR_OWN[entry.name]}, which is always there"
            findings.error(spot / "metadata" / "name", "reference-ambiguous", problem, "give the target another name")
            continue
        kind, here = TargetKind(model.spec.type), spot / "spec" / "settings"
        settings = check(documents.SETTINGS[kind], model.spec.settings, here, findings)
        if settings is None:
            continue
        values: dict[str, object] = {name: getattr(settings, name) for name in type(settings).model_fields}
        secrets = _secrets(kind, values, settings, here, findings)
        _look_at(settings, here, findings)
        plain = {"from" if name == "sender" else name: _text(value) for name, value in values.items()}
        found[entry.name] = NotificationTarget(
            name=entry.name,
            kind=kind,
            settings={name: text for name, text in plain.items() if text},
            secrets=secrets,
            location=spot.location,
        )
    return found


def find_target(library: Library, name: str, spot: Spot) -> None:
    """A finding at `spot` if there is no target of that name."""
    if name != LOCAL_INBOX.name:
        library.find(documents.NotificationTarget, name, spot)


def _secrets(
    kind: TargetKind, values: dict[str, object], settings: Strict, spot: Spot, findings: Findings
) -> dict[str, str]:
    """Where each secret is: `token` names an environment variable, `token_file` a file. Takes them out of `values`."""
    found: dict[str, str] = {}
    for role in _SECRETS.get(kind, ()):
        places = {role: values.pop(f"{role}_env"), f"{role}_file": values.pop(f"{role}_file")}
        written = {name: str(place) for name, place in places.items() if place is not None}
        names = [_written_name(settings, f"{role}{ending}") for ending in ("_env", "_file")]
        if len(written) > 1:
            findings.error(spot, "contradiction", f"has both {names[0]} and {names[1]}", "keep one of them")
        elif not written and (kind, role) in _NEEDED:
            remedy = f"add {names[0]}, the name of an environment variable, or {names[1]}"
            findings.error(spot, "field-missing", f"has neither {names[0]} nor {names[1]}", remedy)
        found |= written
    return found


def _look_at(settings: Strict, spot: Spot, findings: Findings) -> None:
    """Whatever a pattern can't tell."""
    for name in _ADDRESSES:
        address = getattr(settings, name, None)
        if address is not None:
            is_address(address, spot / _written_name(settings, name), findings, "the fields for secrets")
    if isinstance(settings, documents.WebhookSettings):
        for header in settings.headers:
            if not HEADER.match(header):
                here = spot / "headers" / header
                findings.error(here, "value-wrong", "is no name of an HTTP header", "write for example X-Team")


def _written_name(settings: Strict, name: str) -> str:
    return type(settings).model_fields[name].alias or name


def _text(value: object) -> str:
    """A setting as text: `true`, lists with commas, headers as lines."""
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case list():
            return ",".join(cast("list[str]", value))
        case dict():
            return "\n".join(f"{name}: {text}" for name, text in cast("dict[str, str]", value).items())
        case _:
            return str(value)
