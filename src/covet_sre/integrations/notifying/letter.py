"""An e-mail: text, the same in simple HTML, and headers by which mail programs show an incident as one conversation."""

from collections.abc import Sequence
from dataclasses import dataclass
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import formataddr, formatdate
from hashlib import sha256
from html import escape

from covet_sre.incident.outgoing import Line, Message, Purpose
from covet_sre.integrations.notifying.tidy import one_line
from covet_sre.integrations.notifying.wording import CLIENT, facts, headline, others, time_of, whole_text

_LONGEST_SUBJECT = 200
# Every server takes 7 bits and short lines.
_POLICY = SMTP.clone(cte_type="7bit")


@dataclass(frozen=True, slots=True)
class Letter:
    """`identity` is its Message-ID: the same on every attempt."""

    identity: str
    message: bytes


def composed(message: Message, sender: str, recipients: Sequence[str]) -> Letter:
    """The mail as it leaves. Line breaks in a header are impossible: `email` refuses them, and none gets so far."""
    domain = sender.rpartition("@")[2]
    identity = _identity(message.key, domain)
    mail = EmailMessage(policy=_POLICY)
    mail["Subject"] = one_line(_subject(message), _LONGEST_SUBJECT)
    mail["From"] = formataddr((CLIENT, sender))
    mail["To"] = ", ".join(recipients)
    mail["Date"] = formatdate(message.at if time_of(message.at) else 0.0)
    mail["Message-ID"] = identity
    # Nobody sees the first of these: it is what all messages about one incident have in common.
    related = [_identity(message.incident, domain)] if message.incident else []
    if message.thread and message.thread != message.key:
        related.append(_identity(message.thread, domain))
        mail["In-Reply-To"] = related[-1]
    if related:
        mail["References"] = " ".join(related)
    if message.unsubscribe_address:
        mail["List-Unsubscribe"] = f"<{message.unsubscribe_address}>"
        mail["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    mail["Auto-Submitted"] = "auto-generated"
    mail.set_content(whole_text(message) + "\n")
    mail.add_alternative(_html(message), subtype="html")
    return Letter(identity, mail.as_bytes())


def _subject(message: Message) -> str:
    """The incident's name stands last, so that a narrow list of mails begins with what happens."""
    if not message.incident or message.purpose is Purpose.NOTICE:
        return headline(message)
    return f"{one_line(headline(message), _LONGEST_SUBJECT - 40)} [{one_line(message.incident, 36)}]"


def _identity(key: str, domain: str) -> str:
    return f"<{sha256(key.encode('utf-8', 'replace')).hexdigest()[:40]}@{domain}>"


def _html(message: Message) -> str:
    rows = "".join(_row(line) for line in facts(message))
    parts = [
        f"<h1 style='font-size:1.2em'>{escape(headline(message))}</h1>",
        _paragraph(message.summary),
        _paragraph(others(message)),
        f"<table cellpadding='4'>{rows}</table>",
        f"<p>{' · '.join(_linked(Line('', line.label or line.text, line.address)) for line in message.links)}</p>",
    ]
    if message.acknowledge_address:
        address = escape(message.acknowledge_address)
        parts.append(f"<p><a href='{address}'><strong>Acknowledge</strong></a> (opens a page that asks)</p>")
    if message.unsubscribe_address:
        parts.append(f"<p><a href='{escape(message.unsubscribe_address)}'>Not to be told any more</a></p>")
    body = "\n".join(part for part in parts if part)
    return f"<!DOCTYPE html>\n<html><body style='font-family:sans-serif'>\n{body}\n</body></html>\n"


def _row(line: Line) -> str:
    return f"<tr><th align='left'>{escape(line.label)}</th><td>{_linked(line)}</td></tr>"


def _paragraph(text: str) -> str:
    return f"<p style='white-space:pre-wrap'>{escape(text)}</p>" if text else ""


def _linked(line: Line) -> str:
    return f"<a href='{escape(line.address)}'>{escape(line.text)}</a>" if line.address else escape(line.text)
