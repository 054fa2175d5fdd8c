"""Each kind of target, opened against a double of its provider."""

import base64
import json
import re
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.message import EmailMessage

from covet_sre.incident.outgoing import Outcome
from covet_sre.integrations.fakes import Answer, ScriptedProvider, Turn
from covet_sre.integrations.fakes.github_contract import GitHubContract
from covet_sre.integrations.fakes.jira_contract import JiraContract
from covet_sre.integrations.fakes.pagerduty_contract import PagerDutyContract
from covet_sre.integrations.fakes.scripted_provider import Contract, Received
from covet_sre.integrations.fakes.slack_contract import SlackContract
from covet_sre.integrations.fakes.webhook_contract import WebhookContract
from covet_sre.integrations.notifying import make_notifiers
from covet_sre.oncall.target import NotificationTarget, TargetKind
from covet_sre.ports import Notifier
from tests.notifying.mail_server import MailServer
from tests.notifying.messages import AT

WEBHOOK_SECRET = "whsec_" + base64.b64encode(b"twenty-four bytes or more").decode()
ENVIRONMENT = {
    "PAGERDUTY_KEY": "R0123456789abcdefABCDEF012345678",
    "SLACK_TOKEN": "xoxb-canary-slack-token",
    "SLACK_SIGNING": "canary-slack-signing-secret",
    "WEBHOOK_SECRET": WEBHOOK_SECRET,
    "GITHUB_TOKEN": "ghp_canaryGitHubToken",
    "JIRA_TOKEN": "canary-jira-token",
    "MAIL_PASSWORD": "canary-mail-password",
}
SECRETS = (*ENVIRONMENT.values(), base64.b64encode(b"sre@example.org:canary-jira-token").decode())


@dataclass
class Double:
    """An opened target. `keys` are the idempotency keys of the attempts that arrived, in order; `made` is how many
    things exist there now, `said` is everything that arrived. `before` requests only look, before the one that matters.
    """

    kind: TargetKind
    notifier: Notifier
    script: deque[Turn | Answer] = field(default_factory=deque)
    breaches: list[str] = field(default_factory=list)
    keys: Callable[[], list[str]] = list
    made: Callable[[], int] = int
    said: Callable[[], str] = str
    before: int = 0

    def next_is(self, *turns: Turn | Answer) -> None:
        """What happens to the next request that matters."""
        self.script.extend([Turn.AS_PUBLISHED] * self.before)
        self.script.extend(turns)


#: What each turn means to each kind; those that are missing mean nothing to it.
HTTP_OUTCOMES: Mapping[Turn, Outcome] = {
    Turn.AS_PUBLISHED: Outcome.DELIVERED,
    Turn.BAD_REQUEST: Outcome.REFUSED,
    Turn.FORBIDDEN: Outcome.REFUSED,
    Turn.REDIRECT: Outcome.REFUSED,
    Turn.ECHO: Outcome.REFUSED,
    Turn.TOO_MANY: Outcome.BUSY,
    Turn.UNAVAILABLE: Outcome.BUSY,
    Turn.ERROR: Outcome.FAILED,
    Turn.GARBAGE: Outcome.UNKNOWN,
    Turn.EMPTY: Outcome.UNKNOWN,
    Turn.HANG: Outcome.UNKNOWN,
    Turn.RESET_UNREAD: Outcome.UNKNOWN,
    Turn.RESET_DONE: Outcome.UNKNOWN,
    Turn.HALF: Outcome.UNKNOWN,
}
ANY_SUCCESS = {Turn.GARBAGE: Outcome.DELIVERED, Turn.EMPTY: Outcome.DELIVERED}
NOT_IN_MAIL = {Turn.REDIRECT, Turn.ERROR, Turn.GARBAGE, Turn.EMPTY, Turn.HALF}
OUTCOMES: Mapping[TargetKind, Mapping[Turn, Outcome]] = {
    TargetKind.PAGERDUTY: HTTP_OUTCOMES,
    TargetKind.SLACK: HTTP_OUTCOMES,
    TargetKind.WEBHOOK: {**HTTP_OUTCOMES, **ANY_SUCCESS},
    TargetKind.GITHUB: HTTP_OUTCOMES,
    TargetKind.JIRA: HTTP_OUTCOMES,
    TargetKind.EMAIL: {turn: outcome for turn, outcome in HTTP_OUTCOMES.items() if turn not in NOT_IN_MAIL},
    TargetKind.TICKETS: {Turn.AS_PUBLISHED: Outcome.DELIVERED},
    TargetKind.INBOX: {Turn.AS_PUBLISHED: Outcome.DELIVERED},
}


def declared(kind: TargetKind, url: str = "", port: int = 0) -> NotificationTarget:
    """A target of each kind, at an address of the double."""
    settings, secrets = {
        TargetKind.PAGERDUTY: ({"url": f"{url}/v2/enqueue"}, {"routing_key": "PAGERDUTY_KEY"}),
        TargetKind.SLACK: ({"channel": "#sre", "api_url": f"{url}/api"}, {"token": "SLACK_TOKEN"}),
        TargetKind.WEBHOOK: ({"url": f"{url}/hook", "headers": "X-Team: sre"}, {"secret": "WEBHOOK_SECRET"}),
        TargetKind.GITHUB: (
            {"repository": "acme/api", "api_url": url, "labels": "incident, covet-sre"},
            {"token": "GITHUB_TOKEN"},
        ),
        TargetKind.JIRA: (
            {"url": url, "project": "OPS", "issue_type": "Task"},
            {"user": "USER", "token": "JIRA_TOKEN"},
        ),
        TargetKind.EMAIL: (
            {
                "host": "127.0.0.1",
                "port": str(port),
                "start_tls": "false",
                "from": "sre@example.org",
                "to": "a@example.org",
            },
            {},
        ),
        TargetKind.TICKETS: ({}, {}),
        TargetKind.INBOX: ({}, {}),
    }[kind]
    return NotificationTarget("target", kind, settings, secrets)


def opened(target: NotificationTarget, attempt_seconds: float = 10.0) -> Notifier:
    environment = {**ENVIRONMENT, "USER": "sre@example.org"}
    made = make_notifiers({"target": target}, environment, _no_file, lambda: AT, attempt_seconds=attempt_seconds)
    return made["target"]


def _no_file(path: str) -> str:
    raise FileNotFoundError(2, "No such file or directory", path)


@contextmanager
def double(kind: TargetKind, attempt_seconds: float = 10.0) -> Iterator[Double]:
    """A target of a kind with its provider."""
    match kind:
        case TargetKind.EMAIL:
            with MailServer() as mail:
                made = Double(kind, opened(declared(kind, port=mail.port), attempt_seconds), mail.script)  # type: ignore[arg-type]
                made.keys = lambda: [letter["Message-ID"] for letter in mail.letters]
                made.made = lambda: len({letter["Message-ID"] for letter in mail.letters})
                made.said = lambda: "".join(_text(letter) for letter in mail.letters)
                yield made
        case TargetKind.TICKETS | TargetKind.INBOX:
            yield Double(kind, opened(declared(kind)))
        case _:
            contract, keys_of, count, before = _contract(kind)
            with ScriptedProvider(contract) as provider:
                notifier = opened(declared(kind, provider.url), attempt_seconds)
                yield Double(
                    kind,
                    notifier,
                    provider.script,
                    provider.breaches,
                    lambda: [key for received in provider.received for key in keys_of(received)],
                    count,
                    lambda: " ".join(received.body.decode() for received in provider.received),
                    before,
                )


def _contract(kind: TargetKind) -> tuple[Contract, Callable[[Received], Sequence[str]], Callable[[], int], int]:
    match kind:
        case TargetKind.PAGERDUTY:
            pagerduty = PagerDutyContract()
            return pagerduty, lambda received: [_json(received)["dedup_key"]], lambda: len(pagerduty.notified), 0
        case TargetKind.SLACK:
            slack = SlackContract(ENVIRONMENT["SLACK_TOKEN"], {"sre": "C0SRE00001"})
            return slack, _slack_keys, lambda: len({_key_of(said) for said in slack.posted}), 0
        case TargetKind.WEBHOOK:
            webhook = WebhookContract(WEBHOOK_SECRET, lambda: AT)
            return webhook, lambda received: [received.headers["webhook-id"]], lambda: len(webhook.taken), 0
        case TargetKind.GITHUB:
            github = GitHubContract(ENVIRONMENT["GITHUB_TOKEN"])
            return github, _marks, lambda: len(github.issues), 1
        case TargetKind.JIRA:
            jira = JiraContract("sre@example.org", ENVIRONMENT["JIRA_TOKEN"], is_cloud=False)
            return jira, _labels, lambda: len(jira.issues), 1
        case _:
            raise ValueError(kind)


def _text(letter: EmailMessage) -> str:
    return " ".join(str(part.get_content()) for part in letter.iter_parts())


def _json(received: Received) -> dict:
    return json.loads(received.body)


def _key_of(said: dict) -> str:
    return said["metadata"]["event_payload"]["key"]


def _slack_keys(received: Received) -> list[str]:
    return [_key_of(_json(received))]


def _marks(received: Received) -> list[str]:
    return re.findall(r"<!-- covet-sre:\S+ -->", received.body.decode())


def _labels(received: Received) -> list[str]:
    # Those by which it looked before are the same ones.
    return re.findall(r"covet-sre-[0-9a-f]{32}", received.body.decode())
