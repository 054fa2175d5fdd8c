"""CloudEvents 1.0 over HTTP: structured, in a batch, or binary. Their data is a plain alert."""

import base64
import binascii
import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote

from covet_sre.alerting.identity import ALERT_NAME
from covet_sre.alerting.report import Report
from covet_sre.errors import Refused
from covet_sre.flows.arriving import KeyOf, Read
from covet_sre.integrations.arriving.body import items_of, json_of, object_of, read_each
from covet_sre.integrations.arriving.fields import start_from, text_from, time_from
from covet_sre.integrations.arriving.plain import Spoken, report_of

REPORTER = "cloudevents"

STRUCTURED, BATCH = "application/cloudevents+json", "application/cloudevents-batch+json"

_LONGEST_ATTRIBUTE = 1024
# A type may say what became of a thing. Without that, it is the name by which the thing is known.
_ENDED = (".resolved", ".closed", ".recovered")
_BEGUN = (".firing", ".fired", ".triggered", ".opened")


def read(body: bytes, note: str, received_at: float, key_of: KeyOf) -> Read:
    """See flows.arriving.Reader. The note holds the headers that count, as JSON: `content-type` and `ce-...`."""
    headers = _headers(note)
    media = headers.get("content-type", "").partition(";")[0].strip().lower()

    def read_one(event: Any) -> Report:
        return _report(event, received_at, key_of)

    if media == BATCH:
        reports, refused = read_each(items_of(json_of(body), "$"), "", read_one)
        return Read(reports, refused=refused, note=note)
    event = object_of(body) if media == STRUCTURED else _binary(headers, media, body)
    return Read([read_one(event)], note=note)


def _headers(note: str) -> Mapping[str, str]:
    try:
        found = json.loads(note or "{}")
    except ValueError:
        return {}
    return {str(name): str(value) for name, value in found.items()} if type(found) is dict else {}


def _binary(headers: Mapping[str, str], media: str, body: bytes) -> dict[str, Any]:
    event: dict[str, Any] = {
        name.removeprefix("ce-"): unquote(value) for name, value in headers.items() if name.startswith("ce-")
    }
    if not event:
        problem = f"neither {STRUCTURED} nor {BATCH}, and no header with ce-"
        raise Refused(problem, where="content-type", remedy="send a CloudEvent in one of its three forms")
    return {**event, "datacontenttype": media or "application/json", "data": json_of(body) if body.strip() else None}


def _report(event: Any, received_at: float, key_of: KeyOf) -> Report:
    if type(event) is not dict:
        raise Refused("an event must be an object")
    if event.get("specversion") != "1.0":
        raise Refused("this must be 1.0", where="specversion")
    for name in ("id", "source", "type"):
        if not text_from(event.get(name), name, _LONGEST_ATTRIBUTE):
            raise Refused("this must not be empty", where=name)
    kind = event["type"]
    at = start_from(time_from(event.get("time"), "time"), received_at)
    name = kind.rpartition(".")[0] if kind.endswith(_ENDED + _BEGUN) else kind
    labels = {ALERT_NAME: name, "source": event["source"], "subject": text_from(event.get("subject"), "subject")}
    status = "resolved" if kind.endswith(_ENDED) else "firing"
    spoken = Spoken(at, REPORTER, labels, status)
    try:
        return report_of(_data(event), spoken, received_at, key_of)
    except Refused as error:
        raise Refused(error.problem, where=f"data.{error.where}" if error.where else "data") from error


def _data(event: dict[str, Any]) -> Any:
    media = text_from(event.get("datacontenttype"), "datacontenttype").partition(";")[0].strip().lower()
    if media and media != "application/json" and not media.endswith(("/json", "+json")):
        raise Refused("the data must be JSON")
    if "data_base64" in event:
        try:
            return json_of(base64.b64decode(text_from(event["data_base64"], "", 1 << 24), validate=True))
        except binascii.Error as error:
            raise Refused("data_base64 is no Base64") from error
    data = event.get("data")
    return {} if data is None else data
