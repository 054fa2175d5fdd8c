"""Messages to send, the plain and the hostile."""

from dataclasses import replace

from covet_sre.incident.outgoing import Line, Message, Purpose

AT = 1_764_150_000.0
INCIDENT = "INC-2025-1126-001"
THREAD = f"{INCIDENT}/1/0/target:page/alice/trigger"

TRIGGER = Message(
    key=THREAD,
    purpose=Purpose.TRIGGER,
    incident=INCIDENT,
    thread=THREAD,
    title="Error budget burns 14 times too fast",
    service="api",
    severity="P0",
    state="paged",
    summary="2 % of requests fail & users see it",
    at=AT,
    started_at=AT - 90,
    lines=(
        Line("Window", "5m and 1h above 14.4"),
        Line("Runbook", "Roll back the last release", "https://wiki.example.org/api"),
    ),
    links=(Line("Graph", "", "https://graphs.example.org/d/api?from=1&to=2"),),
    address=f"https://sre.example.org/incidents/{INCIDENT}",
    acknowledge_address="https://sre.example.org/ack/abc.def",
    person="alice",
    labels={"service": "api", "alertname": "ApiBurns"},
)

NOTICE = Message(
    key=f"{INCIDENT}/notice/1",
    purpose=Purpose.NOTICE,
    incident=INCIDENT,
    thread=INCIDENT,
    title="Orders are slow",
    service="",
    severity="",
    state="",
    summary="We look into it.\nNext news at 14:00 UTC.",
    at=AT,
    started_at=AT,
    address="https://status.example.org/incidents/1",
    unsubscribe_address="https://status.example.org/unsubscribe/abc",
)


def following(purpose: Purpose, reference: str = "") -> Message:
    """What is said about the same incident later on."""
    state = {Purpose.ACKNOWLEDGE: "team-formed", Purpose.RESOLVE: "resolved"}.get(purpose, "mitigating")
    key = THREAD.replace("trigger", purpose.value)
    return replace(TRIGGER, key=key, purpose=purpose, state=state, reference=reference, at=AT + 300)


HOSTILE = {
    "slack markup": "<!channel> <@U0AAAAAA1> & <https://evil.example|click> *bold* `code`",
    "header injection": "\r\nBcc: victim@example.org\r\n\r\nNew body\r\n.\r\nQUIT",
    "html": "<script>alert('x')</script><img src=x onerror=alert(1)>\"'",
    "megabyte": "endless " * 130_000,
    "a megabyte to quote": "&<>" * 350_000,
    "right to left": "שלום \u202etxt.exe\u202c مرحبا \u2066x\u2069",
    "emoji": "🔥👩\u200d🚒" * 3000,
    "nul and escapes": "\x00a\x00\x1b[31mred\x07\x7f\x85",
    "half a character": "\ud800 and \udfff",
    "markdown": "```\n@everyone closes #1\n````\n<!-- --> -->",
    "jira": "{noformat}[~admin] !x.png! {noformat}\n{html}<b>{html}",
    "formula": "=cmd|' /C calc'!A0",
    "line breaks only": "\n\r\n\u2028\u2029",
    "nothing": "",
    "dots": ".\r\n..\r\n.",
    "percent": "%0d%0a%00 ${jndi:ldap://x} {{7*7}}",
    "no address": "javascript:alert(1)",
}


def hostile(text: str, purpose: Purpose = Purpose.TRIGGER, reference: str = "") -> Message:
    """A message with a text in every place that somebody outside can write to."""
    short = text[:500]
    return replace(
        TRIGGER,
        key=f"{INCIDENT}/1/0/target:page/{short}/{purpose.value}",
        thread=f"{INCIDENT}/1/0/target:page/{short}/trigger",
        purpose=purpose,
        title=text,
        service=text,
        severity=text,
        state=text,
        summary=text,
        lines=tuple(Line(text, text, text) for _ in range(60)),
        links=tuple(Line(text, text, f"https://example.org/{index}|>{text}") for index in range(20)),
        address=text,
        acknowledge_address=f"https://example.org/ack?x={text}",
        person=text,
        labels={f"{index} {text}": text for index in range(100)},
        reference=reference,
        others=3,
    )
