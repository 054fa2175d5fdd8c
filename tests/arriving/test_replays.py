"""Whoever saw a signed delivery and sends it again changes nothing, before a restart and after it."""

import json
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from standardwebhooks import Webhook

from covet_sre.app import Server, Settings
from covet_sre.flows.declaration import Declaration
from servers.alertmanager import call
from tests.incident.house import rules

SECRET = "whsec_b25lIHNlY3JldCBvZiAyNCBieXRlcw=="

Signed = tuple[bytes, dict[str, str]]


@contextmanager
def serving(database: Path) -> Iterator[str]:
    settings = Settings((), f"sqlite:///{database}", port=0, declaration=Declaration(rules=rules()))
    whole = Server(settings)
    http = whole.uvicorn_server()
    thread = threading.Thread(target=http.run, daemon=True)
    whole.start()
    thread.start()
    while not http.started:
        time.sleep(0.01)
    try:
        yield f"http://127.0.0.1:{http.servers[0].sockets[0].getsockname()[1]}"
    finally:
        http.should_exit = True
        thread.join(10)
        whole.close()


def signed(document: dict[str, Any], identity: str) -> Signed:
    body, at = json.dumps(document).encode(), datetime.now(UTC)
    return body, {
        "content-type": "application/json",
        "webhook-id": identity,
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": Webhook(SECRET).sign(identity, at, body.decode()),
    }


def send(server: str, delivery: Signed) -> int:
    body, headers = delivery
    request = urllib.request.Request(f"{server}/hooks/alerts", body, headers, method="POST")
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:
            return answer.status
    except urllib.error.HTTPError as refused:
        return refused.code


def firing(server: str) -> list[str]:
    return [one["labels"]["alertname"] for one in call(f"{server}/api/v2/alerts")[1]]


def test_a_replay_has_one_effect(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COVET_SRE_HOOK_SIGNATURE_PLAIN", "standard-webhooks")
    monkeypatch.setenv("COVET_SRE_HOOK_SIGNING_SECRET_PLAIN", SECRET)
    alert = {"name": "BackupFailed", "service": "api", "key": "nightly"}
    fires, ends = signed(alert, "msg_1"), signed({**alert, "status": "resolved"}, "msg_2")
    with serving(tmp_path / "ledger.db") as server:
        assert send(server, (fires[0], {})) == 401
        assert send(server, fires) == 200
        assert firing(server) == ["BackupFailed"]
        assert [send(server, ends), send(server, ends)] == [200, 200]
        assert firing(server) == []
        # It is answered as it was, so that a sender that was in doubt is content; and nothing fires again.
        assert [send(server, fires) for _ in range(3)] == [200, 200, 200]
        assert firing(server) == []
        assert len(call(f"{server}/api/v1/inbox")[1]["items"]) == 2
    with serving(tmp_path / "ledger.db") as server:
        assert [send(server, fires), send(server, ends)] == [200, 200]
        assert firing(server) == []
        assert len(call(f"{server}/api/v1/inbox")[1]["items"]) == 2
        # Its own sender says it anew, under another name: that counts.
        assert send(server, signed(alert, "msg_3")) == 200
        assert firing(server) == ["BackupFailed"]
