"""What senders are answered, each in the form that its API has."""

import json
from typing import Any, NamedTuple, Protocol

from covet_sre.api.hooks.trouble import Trouble
from covet_sre.api.problems import PROBLEM_JSON, problem_answer
from covet_sre.flows.arriving import Read

JSON = "application/json"


class Answer(NamedTuple):
    status: int
    body: bytes = b""
    media: str = ""
    retry_after_seconds: int | None = None
    challenge: bool = False


class Answers(Protocol):
    """How one API answers."""

    def accepted(self, read: Read) -> Answer:
        """It is committed, perhaps without some of its alerts."""
        ...

    def refused(self, trouble: Trouble) -> Answer:
        """Nothing of it was kept."""
        ...


class PlainAnswers:
    """200 with what was kept and what was not; otherwise a problem."""

    def accepted(self, read: Read) -> Answer:
        if not read.refused:
            return Answer(200, b'{"status":"accepted","alerts":%d,"refused":[]}' % len(read.reports), JSON)
        told = {"status": "accepted", "alerts": len(read.reports), "refused": list(read.refused)}
        return Answer(200, _json(told), JSON)

    def refused(self, trouble: Trouble) -> Answer:
        told = problem_answer(trouble.status, trouble.code, trouble.problem, trouble.remedy)
        return _with_headers(Answer(trouble.status, bytes(told.body), PROBLEM_JSON), trouble)


class AlertmanagerAnswers:
    """As Alertmanager answers Prometheus: nothing, or a text; 400 where one was invalid, though the others count."""

    def accepted(self, read: Read) -> Answer:
        if not read.refused:
            return Answer(200)
        return Answer(400, _json("; ".join(read.refused)), JSON)

    def refused(self, trouble: Trouble) -> Answer:
        return _with_headers(Answer(trouble.status, _json(trouble.problem), JSON), trouble)


class PagerdutyAnswers:
    """As PagerDuty answers: 202, or why the event is invalid."""

    def accepted(self, read: Read) -> Answer:
        done = {"status": "success", "message": "Event processed", "dedup_key": read.reference}
        return Answer(202, _json(done), JSON)

    def refused(self, trouble: Trouble) -> Answer:
        if trouble.status == 400:
            body = {"status": "invalid event", "message": "Event object is invalid", "errors": [trouble.problem]}
        else:
            body = {"status": "not accepted", "message": trouble.problem, "errors": [trouble.problem]}
        return _with_headers(Answer(trouble.status, _json(body), JSON), trouble)


def _with_headers(answer: Answer, trouble: Trouble) -> Answer:
    return answer._replace(retry_after_seconds=trouble.retry_after_seconds, challenge=trouble.status == 401)


def _json(value: Any) -> bytes:
    return json.dumps(value, separators=(",", ":")).encode()
