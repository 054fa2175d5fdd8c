"""Every kind of secret is given to a whole server as a canary, and looked for wherever it might have sung.

Providers repeat to us all that they were sent: what they say is in receipts, on pages and in the database.
"""

import base64
import hashlib
import hmac
import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

import pytest

from covet_sre.access.permission import Permission
from covet_sre.integrations.fakes import ScriptedProvider, Turn
from covet_sre.integrations.fakes.scripted_provider import Answer, Breach, Received


def whsec(text: str) -> str:
    return "whsec_" + base64.b64encode(text.encode()).decode()


#: By environment variable. Every kind of secret that there is.
CANARIES: Mapping[str, str] = {
    "PAGERDUTY_KEY": "canaryPagerdutyKey00000000000000",
    "PAGERDUTY_SIGNING": "canary-pagerduty-signing",
    "SLACK_TOKEN": "xoxb-canary-slack-token",
    "SLACK_SIGNING": "canary-slack-signing",
    "WEBHOOK_SECRET": whsec("canary webhook secret, 24 bytes"),
    "GITHUB_TOKEN": "ghp_canaryGithubToken",
    "JIRA_TOKEN": "canary-jira-token",
    "MAIL_PASSWORD": "canary-mail-password",
    "PROMETHEUS_TOKEN": "canary-prometheus-token",
    "COVET_SRE_HOOK_SECRET_GRAFANA": "canary-hook-token-old,canary-hook-token-new",
    "COVET_SRE_HOOK_SIGNING_SECRET_PLAIN": whsec("canary signing secret, 24 bytes"),
    "COVET_SRE_LINK_SECRET": "canary-link-secret",
    "COVET_SRE_OIDC_CLIENT_SECRET": "canary-oidc-client-secret",
}
PASSWORD, WRONG_PASSWORD = "canary password of the first admin", "canary password that is wrong"
MADE = ("password", "wrong password", "session", "token", "hook token that is wrong")
"""Secrets that no environment holds: what people type, and what they are given."""

OTHERS = {
    "JIRA_USER": "sre@example.org",
    "MAIL_USER": "sre@example.org",
    "COVET_SRE_HOOK_SIGNATURE_PLAIN": "standard-webhooks",
    "COVET_SRE_OIDC_ISSUER": "https://idp.example",
    "COVET_SRE_OIDC_CLIENT_ID": "covet-sre",
}

FILES = """
apiVersion: openslo/v1
kind: Service
metadata:
  name: api
  annotations: {{covet-sre/team: sre, covet-sre/escalation-policy: all}}
spec: {{}}
---
apiVersion: openslo/v1
kind: DataSource
metadata: {{name: base}}
spec:
  type: prometheus
  connectionDetails: {{url: "{url}", headersFromEnv: {{Authorization: PROMETHEUS_TOKEN}}}}
---
apiVersion: openslo/v1
kind: SLO
metadata: {{name: api-availability}}
spec:
  service: api
  budgetingMethod: Occurrences
  timeWindow: [{{duration: 30d, isRolling: true}}]
  objectives: [{{target: 0.999}}]
  indicator:
    metadata: {{name: api-availability}}
    spec:
      ratioMetric:
        counter: true
        good:
          metricSource: {{metricSourceRef: base, type: prometheus, spec: {{query: 'requests_total{{code!~"5.."}}'}}}}
        total: {{metricSource: {{metricSourceRef: base, type: prometheus, spec: {{query: requests_total}}}}}}
---
apiVersion: covet-sre/v1
kind: Team
metadata: {{name: sre}}
spec:
  members: [{{name: ann, email: ann@example.org, contacts: {{page: [inbox]}}}}]
  targets: {{page: [inbox]}}
---
apiVersion: covet-sre/v1
kind: EscalationPolicy
metadata: {{name: all}}
spec:
  steps:
    - notify: [{notify}]
"""
SETTINGS = {
    "pagerduty": "routingKeyEnv: PAGERDUTY_KEY, signingSecretEnv: PAGERDUTY_SIGNING, url: '{url}/v2/enqueue'",
    "slack": "tokenEnv: SLACK_TOKEN, signingSecretEnv: SLACK_SIGNING, channel: '#sre', apiUrl: '{url}/api'",
    "webhook": "secretEnv: WEBHOOK_SECRET, url: '{url}/hook'",
    "github": "tokenEnv: GITHUB_TOKEN, repository: acme/api, apiUrl: '{url}'",
    "jira": "userEnv: JIRA_USER, tokenEnv: JIRA_TOKEN, url: '{url}', project: OPS",
    "email": "host: 127.0.0.1, port: {mail}, usernameEnv: MAIL_USER, passwordEnv: MAIL_PASSWORD, startTls: false, "
    "from: sre@example.org",
}


class Repeating:
    """A Prometheus that answers everything with what it was asked, as its own error."""

    def take(self, request: Received) -> Answer:
        return Answer(422, {"status": "error", "errorType": "bad_data", "error": f"{dict(request.headers)}"})

    def refuse(self, breach: Breach) -> Answer:
        return Answer(400, {"error": str(breach)})


def declared(url: str, mail: int, source: str) -> str:
    targets = [
        f"apiVersion: covet-sre/v1\nkind: NotificationTarget\nmetadata: {{name: {kind}}}\n"
        f"spec: {{type: {kind}, settings: {{{settings.format(url=url, mail=mail)}}}}}\n"
        for kind, settings in SETTINGS.items()
    ]
    notify = ", ".join(f"{{target: {kind}}}" for kind in SETTINGS)
    return "---\n".join([FILES.format(url=source, notify=notify), *targets])


class Unled(urllib.request.HTTPRedirectHandler):
    """No redirect is followed: what it sets is looked at."""

    def redirect_request(self, *_: Any) -> None: ...


OPENER = urllib.request.build_opener(Unled)


class Running:
    """A server as a process, with every secret in its environment. `log` is all that it said."""

    def __init__(self, folder: Path, provider: ScriptedProvider, source: ScriptedProvider) -> None:
        self.folder, self.heard = folder, []
        self.shown: dict[str, str] = {}
        self.made = {"password": PASSWORD, "wrong password": WRONG_PASSWORD}
        (folder / "password").write_text(f"{PASSWORD}\n")
        first = {
            "COVET_SRE_FIRST_ADMIN": "ada",
            "COVET_SRE_FIRST_ADMIN_PASSWORD_FILE": str(folder / "password"),
        }
        with socket.create_server(("127.0.0.1", 0)) as free, socket.create_server(("127.0.0.1", 0)) as mail:
            self.port, mail_port = free.getsockname()[1], mail.getsockname()[1]
        (folder / "files").mkdir()
        (folder / "files" / "all.yaml").write_text(declared(provider.url, mail_port, source.url))
        self.log = folder / "log"
        command = [sys.executable, "-m", "covet_sre", "serve", str(folder / "files"), "--port", str(self.port)]
        command += ["--database-url", f"sqlite:///{folder / 'kept.db'}"]
        with self.log.open("w") as log:
            self.process = subprocess.Popen(
                command, env={**os.environ, **CANARIES, **OTHERS, **first}, stderr=log, stdout=log, cwd=folder
            )
        self.until(lambda: self.ask("/healthz")[0] == 200)

    def ask(self, path: str, body: bytes | None = None, headers: Mapping[str, str] | None = None) -> tuple[int, str]:
        shown = {**self.shown, **(headers or {})}
        request = urllib.request.Request(f"http://127.0.0.1:{self.port}{path}", body, shown)
        try:
            with OPENER.open(request, timeout=10) as answer:
                found = answer.status, f"{answer.headers}\n{answer.read().decode('utf-8', 'replace')}"
        except urllib.error.HTTPError as refused:
            found = refused.code, f"{refused.headers}\n{refused.read().decode('utf-8', 'replace')}"
        self.heard.append((path, found[1]))
        return found

    def until(self, holds: Callable[[], bool]) -> None:
        end = time.monotonic() + 60
        while True:
            try:
                if holds():
                    return
            except OSError:
                pass
            assert time.monotonic() < end, self.log.read_text()
            assert self.process.poll() is None, self.log.read_text()
            time.sleep(0.1)

    def end(self) -> None:
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(20)


@pytest.fixture(scope="module")
def ran(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """A server that was shown every secret, right and wrong, told everybody, was looked at, and has ended."""
    with ScriptedProvider(Repeating()) as provider, ScriptedProvider(Repeating()) as source:
        provider.script.extend([Turn.ECHO] * 10_000)
        server = Running(tmp_path_factory.mktemp("canaries"), provider, source)
        try:
            live(server, provider)
        finally:
            server.end()
        yield server


def live(server: Running, provider: ScriptedProvider) -> None:
    sign_in(server)
    token = CANARIES["COVET_SRE_HOOK_SECRET_GRAFANA"].partition(",")[0]
    server.made["hook token that is wrong"] = f"{token}-wrong"
    for bearer in (token, f"{token}-wrong"):
        server.ask("/hooks/grafana", b"{}", {"authorization": f"Bearer {bearer}"})
    fires = b'{"name": "ApiDown", "service": "api", "severity": "page"}'
    assert server.ask("/hooks/alerts", fires, signed(fires))[0] == 200
    assert server.ask("/hooks/alerts", fires + b" ", signed(fires))[0] == 401
    for kind in SETTINGS:
        server.ask(f"/api/v1/targets/{kind}/test", b'{"actor": "ann"}', {"content-type": "application/json"})
    slack = {"x-slack-request-timestamp": str(int(time.time())), "x-slack-signature": "v0=00"}
    for path in ("/hooks/slack/interactions", "/hooks/slack/commands", "/hooks/pagerduty/v3"):
        server.ask(path, b"payload={}", slack)
    # Every provider was asked, and repeated what it was sent; so did the source.
    asked = ("/v2/enqueue", "/api/", "/hook", "/repos/", "/rest/")
    server.until(lambda: all(any(kind in one.path for one in list(provider.received)) for kind in asked))
    server.until(lambda: "ApiDown" in server.ask("/api/v1/incidents")[1])
    identity = json.loads(server.ask("/api/v1/incidents")[1].partition("\n\n")[2])["items"][0]["id"]
    server.until(lambda: "it answers 400" in server.ask(f"/api/v1/incidents/{identity}")[1])
    for path in paths(server, identity):
        server.ask(path)
    for path in (
        "/nowhere",
        "/incidents/INC-none",
        "/api/v1/nowhere",
        "/ack/nonsense.nonsense",
        "/%00",
        "/api/v1/slos/no",
    ):
        server.ask(path)


def sign_in(server: Running) -> None:
    """As a person who mistypes first, and makes a token that everything else is asked with."""
    form = {"content-type": "application/x-www-form-urlencoded", "accept": "text/html"}
    assert server.ask("/sign-in", urlencode({"name": "ada", "password": WRONG_PASSWORD}).encode(), form)[0] == 401
    status, answer = server.ask("/sign-in", urlencode({"name": "ada", "password": PASSWORD}).encode(), form)
    assert status == 303
    (cookie,) = re.findall(r"covet_sre_session=([^;\s]+)", answer)
    server.heard.pop()  # Here, and nowhere else, it is told.
    server.made["session"] = cookie
    server.shown["cookie"] = f"covet_sre_session={cookie}"
    (key,) = set(re.findall(r'name="csrf" value="([^"]+)"', server.ask("/account")[1]))
    fields = {"csrf": key, "token_name": "canaries", "days": "1", **{f"scope-{one}": "1" for one in Permission}}
    (token,) = set(
        re.findall(r"csre_[A-Za-z0-9_-]{43}", server.ask("/account/tokens", urlencode(fields).encode(), form)[1])
    )
    server.heard.pop()  # The same.
    server.made["token"] = token
    server.shown["authorization"] = f"Bearer {token}"


def signed(body: bytes) -> dict[str, str]:
    secret = base64.b64decode(CANARIES["COVET_SRE_HOOK_SIGNING_SECRET_PLAIN"].removeprefix("whsec_"))
    at = str(int(time.time()))
    digest = hmac.new(secret, f"msg_1.{at}.".encode() + body, hashlib.sha256).digest()
    return {
        "webhook-id": "msg_1",
        "webhook-timestamp": at,
        "webhook-signature": f"v1,{base64.b64encode(digest).decode()}",
    }


def paths(server: Running, identity: str) -> list[str]:
    """Every address of the API that only asks, and the pages."""
    described: dict[str, Any] = json.loads(server.ask("/openapi.json")[1].partition("\n\n")[2])["paths"]
    found = [path.replace("{identity}", identity) for path, methods in described.items() if "get" in methods]
    pages = [
        "/",
        "/incidents",
        f"/incidents/{identity}",
        "/inbox",
        "/silences",
        "/services/api",
        "/slos/api-availability",
    ]
    return [
        *(path for path in found if "{" not in path),
        *pages,
        "/metrics",
        "/readyz",
        "/api/v2/status",
        "/api/v2/alerts",
    ]


def looked_for(ran: Running, name: str) -> set[bytes]:
    return spellings(ran.made[name] if name in MADE else CANARIES[name])


def spellings(secret: str) -> set[bytes]:
    """How a secret may stand somewhere."""
    found: set[str] = set()
    for one in secret.split(","):
        plain = base64.b64decode(one.removeprefix("whsec_")).decode() if one.startswith("whsec_") else one
        found |= {one, one.removeprefix("whsec_"), plain, quote(plain), plain.encode().hex()}
        found |= {base64.b64encode(text.encode()).decode().rstrip("=") for text in (plain, f"sre@example.org:{plain}")}
    return {text.encode() for text in found}


def test_the_server_was_given_what_it_could_have_told(ran: Running) -> None:
    """Without this, nothing found could mean that nothing was there."""
    told = "".join(text for _, text in ran.heard)
    assert "it answers 400" in told
    assert "'authorization': 'Bearer …'" in told and "'authorization': 'Basic …'" in told
    assert "ApiDown" in told
    assert len({path for path, _ in ran.heard}) > 30
    assert b"ApiDown" in (ran.folder / "kept.db").read_bytes()
    log = ran.log.read_text()
    assert "it answers 422: bad_data: " in log and "'authorization': '\\u2026'" in log


@pytest.mark.parametrize("name", [*CANARIES, *MADE])
def test_no_secret_is_in_the_log(ran: Running, name: str) -> None:
    log = ran.log.read_bytes()
    assert not [one for one in looked_for(ran, name) if one in log]


@pytest.mark.parametrize("name", [*CANARIES, *MADE])
def test_no_secret_is_in_the_database(ran: Running, name: str) -> None:
    kept = b"".join(path.read_bytes() for path in ran.folder.glob("kept.db*"))
    assert not [one for one in looked_for(ran, name) if one in kept]


@pytest.mark.parametrize("name", [*CANARIES, *MADE])
def test_no_secret_is_in_a_page_an_answer_or_an_error(ran: Running, name: str) -> None:
    assert not [(path, one) for path, text in ran.heard for one in looked_for(ran, name) if one in text.encode()]


@pytest.mark.parametrize("url", ["postgresql://ann:{}@127.0.0.1:1/db", "postgresql://ann@127.0.0.1:1/db?password={}"])
@pytest.mark.parametrize("command", ["serve", "doctor"])
def test_the_password_of_the_database_is_not_told(tmp_path: Path, command: str, url: str) -> None:
    secret = "canary-database-password"
    (tmp_path / "all.yaml").write_text(declared("http://127.0.0.1:1", 1, "http://127.0.0.1:1"))
    environment = {**os.environ, **CANARIES, **OTHERS, "COVET_SRE_DATABASE_URL": url.format(secret)}
    done = subprocess.run(
        [sys.executable, "-m", "covet_sre", command, str(tmp_path / "all.yaml")],
        env=environment,
        capture_output=True,
        timeout=60,
        cwd=tmp_path,
        check=False,
    )
    told = done.stdout + done.stderr
    assert b"127.0.0.1" in told
    assert done.returncode != 0
    assert not [one for one in spellings(secret) if one in told]
