"""Jira, REST v2: an issue for each notification that asks, a comment for what follows, done when it is resolved."""

import base64
import re
from hashlib import sha256
from urllib.parse import quote

from covet_sre.incident.outgoing import Message, Outcome, Purpose, Receipt
from covet_sre.integrations.notifying.endpoint import (
    Attempt,
    document_of,
    field_of,
    is_success,
    list_of,
    looked_only,
    text_of,
)
from covet_sre.integrations.notifying.guarded import NO_HEARTBEATS, NO_NOTICES, NO_TICKET
from covet_sre.integrations.notifying.opening import Opening
from covet_sre.integrations.notifying.tidy import cut
from covet_sre.integrations.notifying.wording import headline, whole_text
from covet_sre.integrations.reply import Reply

_API = "/rest/api/2"
_KEY = re.compile(r"[A-Z][A-Z0-9_]{0,30}-\d{1,12}")
_LONGEST_SUMMARY, _LONGEST_TEXT = 250, 30_000


class Jira:
    """Raises Unroutable when it cannot be opened."""

    def __init__(self, opening: Opening) -> None:
        self._url = opening.address("url")
        self._project, self._type = opening.needed("project"), opening.setting("issue_type", "Task")
        user, token = opening.secret_if_declared("user"), opening.secret("token")
        pair = base64.b64encode(f"{user}:{token}".encode()).decode()
        opening.revealed.append(pair)
        headers = {"Authorization": f"Basic {pair}" if user else f"Bearer {token}", "X-Atlassian-Token": "no-check"}
        self._endpoint = opening.endpoint(self._url, headers, 5_000_000)

    @property
    def place(self) -> tuple[str, int]:
        """The host and port that it connects to."""
        return self._endpoint.address.host, self._endpoint.address.port

    def send(self, message: Message) -> Receipt:
        """What was made by an earlier attempt is looked for first, by a label of its own."""
        if message.purpose is Purpose.HEARTBEAT:
            return NO_HEARTBEATS
        if message.purpose is Purpose.NOTICE:
            return NO_NOTICES
        attempt = self._endpoint.attempt()
        if _KEY.fullmatch(message.reference):
            return self._follow_up(attempt, message, message.reference)
        asks = message.purpose in (Purpose.TRIGGER, Purpose.TEST)
        return self._issue(attempt, message) if asks else self._follow_up_if_made(attempt, message)

    def close(self) -> None: ...

    def __repr__(self) -> str:
        return f"Jira({self._endpoint.address.host}, {self._project})"

    def _issue(self, attempt: Attempt, message: Message) -> Receipt:
        found = self._found(attempt, label(message.key))
        if isinstance(found, Receipt):
            return found
        if found:
            return self._made(found)
        fields = {
            "project": {"key": self._project},
            "issuetype": {"name": self._type},
            "summary": cut(headline(message), _LONGEST_SUMMARY),
            "description": _quoted(message),
            "labels": ["covet-sre", label(message.key)],
        }
        reply = attempt.ask("POST", f"{_API}/issue", {"fields": fields})
        if isinstance(reply, Receipt):
            return reply
        if not is_success(reply):
            return attempt.refusal(reply)
        return self._made(text_of(document_of(reply), "key"))

    def _follow_up_if_made(self, attempt: Attempt, message: Message) -> Receipt:
        """Nobody knows whether the asking notification arrived: where it did not, there is nothing to tell."""
        found = self._found(attempt, label(message.thread))
        if isinstance(found, Receipt):
            return found
        if not _KEY.fullmatch(found):
            return Receipt(Outcome.DELIVERED, NO_TICKET)
        return self._follow_up(attempt, message, found)

    def _found(self, attempt: Attempt, mark: str) -> str | Receipt:
        """The key of the issue with a label, empty where there is none."""
        query = quote(f'labels = "{mark}"')
        wanted = f"?jql={query}&fields=summary&maxResults=1"
        reply = attempt.ask("GET", f"{_API}/search{wanted}")
        if isinstance(reply, Reply) and reply.status in (404, 410):
            # Jira Cloud has moved its search; Data Center has it where it was.
            reply = attempt.ask("GET", f"{_API}/search/jql{wanted}")
        answered = _looked_up(attempt, reply)
        if isinstance(answered, Receipt):
            return answered
        issues = list_of(field_of(answered, "issues"))
        return text_of(issues[0], "key") if issues else ""

    def _follow_up(self, attempt: Attempt, message: Message, key: str) -> Receipt:
        path = f"{_API}/issue/{key}"
        comments = _looked_up(attempt, attempt.ask("GET", f"{path}/comment?orderBy=-created&maxResults=50"))
        if isinstance(comments, Receipt):
            return comments
        mark = label(message.key)
        if not any(mark in text_of(one, "body") for one in list_of(field_of(comments, "comments"))):
            reply = attempt.ask("POST", f"{path}/comment", {"body": f"{_quoted(message)}\n{mark}"})
            if isinstance(reply, Receipt):
                return reply
            if not is_success(reply):
                return attempt.refusal(reply)
        if message.purpose is Purpose.RESOLVE:
            return self._done(attempt, path, key)
        return Receipt(Outcome.DELIVERED, "", key)

    def _done(self, attempt: Attempt, path: str, reference: str) -> Receipt:
        """By the first step of its workflow that leads to something done."""
        offered = _looked_up(attempt, attempt.ask("GET", f"{path}/transitions"))
        if isinstance(offered, Receipt):
            return offered
        for transition in list_of(field_of(offered, "transitions")):
            if text_of(transition, "to", "statusCategory", "key") == "done":
                chosen = {"transition": {"id": text_of(transition, "id")}}
                reply = attempt.ask("POST", f"{path}/transitions", chosen)
                if isinstance(reply, Receipt):
                    return reply
                return Receipt(Outcome.DELIVERED, "", reference) if is_success(reply) else attempt.refusal(reply)
        return Receipt(Outcome.DELIVERED, "commented; its workflow offers no step to done from where it is", reference)

    def _made(self, key: str) -> Receipt:
        """Its key is the reference, its address the detail."""
        if not _KEY.fullmatch(key):
            return Receipt(Outcome.UNKNOWN, "what it answers is no issue; check url")
        return Receipt(Outcome.DELIVERED, f"{self._url}/browse/{key}", key)


def label(key: str) -> str:
    """The mark of one notification, as Jira takes labels: one word."""
    return f"covet-sre-{sha256(key.encode('utf-8', 'replace')).hexdigest()[:32]}"


def _looked_up(attempt: Attempt, reply: Reply | Receipt) -> object:
    """The document that was asked for, or the receipt of what went wrong: to have looked changes nothing."""
    if isinstance(reply, Receipt):
        return looked_only(reply)
    if not is_success(reply):
        return attempt.refusal(reply)
    document = document_of(reply)
    return document if isinstance(document, dict) else Receipt(Outcome.FAILED, "what it answers is no Jira; check url")


def _quoted(message: Message) -> str:
    """Where no markup counts and no name calls anybody."""
    text = cut(whole_text(message), _LONGEST_TEXT).replace("{noformat", "{ noformat")
    return f"{{noformat}}\n{text}\n{{noformat}}"
