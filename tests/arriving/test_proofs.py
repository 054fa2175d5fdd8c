"""What senders must show: tokens, signatures, certificates. What does not show all of it leaves nothing behind."""

import gzip
import hashlib
import hmac
import http.client
import json
import socket
import ssl
import threading
import time
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from ipaddress import ip_network
from pathlib import Path

import pytest
import trustme
import uvicorn
from standardwebhooks import Webhook
from starlette.testclient import TestClient

from covet_sre.api.hooks import Proof, ProxyHeader
from covet_sre.app.hook_proofs import hook_proofs
from covet_sre.app.tls import Tls, names_in
from covet_sre.errors import Refused
from covet_sre.flows.signatures import Scheme, signing_of
from tests.arriving.house import DeskInMemory, application
from tests.arriving.test_formats import EVENT, GROUP

AT = 1_790_000_000.0
BODY = json.dumps({"name": "A", "service": "api"}).encode()
OLD, NEW = "whsec_b2xkIHNlY3JldCBvZiAyNCBieXRlcw==", "whsec_bmV3IHNlY3JldCBvZiAyNCBieXRlcw=="
PLAIN_OLD, PLAIN_NEW = "the old signing secret", "the new signing secret"

Headers = dict[str, str]


def standard(body: bytes = BODY, secret: str = OLD, at: float = AT, identity: str = "msg_1") -> Headers:
    """As the library of Standard Webhooks signs."""
    return {
        "webhook-id": identity,
        "webhook-timestamp": str(int(at)),
        "webhook-signature": Webhook(secret).sign(identity, datetime.fromtimestamp(at, UTC), body.decode()),
    }


def github(body: bytes = BODY, secret: str = PLAIN_OLD) -> Headers:
    return {"X-Hub-Signature-256": "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()}


def grafana(body: bytes = BODY, secret: str = PLAIN_OLD, at: float = AT) -> Headers:
    signed = b"%d:" % int(at) + body
    return {
        "X-Grafana-Alerting-Signature": hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest(),
        "X-Grafana-Alerting-Signature-Timestamp": str(int(at)),
    }


SIGNED: Mapping[Scheme, tuple[Callable[..., Headers], tuple[str, str]]] = {
    Scheme.STANDARD_WEBHOOKS: (standard, (OLD, NEW)),
    Scheme.SHA256: (github, (PLAIN_OLD, PLAIN_NEW)),
    Scheme.GRAFANA: (grafana, (PLAIN_OLD, PLAIN_NEW)),
}
TIMED = [Scheme.STANDARD_WEBHOOKS, Scheme.GRAFANA]


@pytest.fixture
def desk() -> DeskInMemory:
    return DeskInMemory(clock=lambda: AT)


def client(desk: DeskInMemory, source: str = "plain", **proof: object) -> TestClient:
    return TestClient(application(desk, proofs={source: Proof(**proof)}), client=("127.0.0.1", 50_000))


def signing(desk: DeskInMemory, scheme: Scheme, secrets: tuple[str, ...] | None = None) -> TestClient:
    return client(desk, signing=signing_of(scheme, secrets or SIGNED[scheme][1]))


# ---------------------------------------------------------------- tokens


@pytest.mark.parametrize(("token", "status"), [("old", 200), ("new", 200), ("other", 401), ("old,new", 401), ("", 401)])
def test_two_tokens_are_taken_while_one_takes_the_place_of_the_other(
    desk: DeskInMemory, token: str, status: int
) -> None:
    answer = client(desk, tokens=(b"old", b"new")).post(
        "/hooks/alerts", content=BODY, headers={"authorization": f"Bearer {token}"}
    )
    assert answer.status_code == status
    assert len(desk.arrivals_kept) == (status == 200)


@pytest.mark.parametrize(("key", "status"), [("old", 202), ("new", 202), ("other", 401)])
def test_both_may_stand_in_the_body_of_pagerdutys_form(desk: DeskInMemory, key: str, status: int) -> None:
    asked = client(desk, "pagerduty", tokens=(b"old", b"new"))
    assert asked.post("/hooks/pagerduty/v2/enqueue", json={**EVENT, "routing_key": key}).status_code == status


# ---------------------------------------------------------------- signatures


@pytest.mark.parametrize("scheme", Scheme)
@pytest.mark.parametrize("which", [0, 1])
def test_either_secret_signs_while_one_takes_the_place_of_the_other(
    desk: DeskInMemory, scheme: Scheme, which: int
) -> None:
    sign, secrets = SIGNED[scheme]
    answer = signing(desk, scheme).post("/hooks/alerts", content=BODY, headers=sign(secret=secrets[which]))
    assert answer.status_code == 200
    (arrival,) = desk.arrivals_kept
    assert arrival.body == BODY


def refusals(desk: DeskInMemory, scheme: Scheme, bodies_and_headers: Iterator[tuple[bytes, Headers]]) -> int:
    """How many were refused, with nothing kept."""
    asked, count = signing(desk, scheme), 0
    for body, headers in bodies_and_headers:
        answer = asked.post("/hooks/alerts", content=body, headers=headers)
        assert (answer.status_code, answer.json()["code"]) == (401, "signature-wrong"), headers
        count += 1
    assert not desk.arrivals_kept
    return count


@pytest.mark.parametrize("scheme", Scheme)
def test_one_other_bit_of_the_body_is_refused(desk: DeskInMemory, scheme: Scheme) -> None:
    headers = SIGNED[scheme][0]()
    changed = (
        (BODY[:at] + bytes([BODY[at] ^ (1 << bit)]) + BODY[at + 1 :], headers)
        for at in range(len(BODY))
        for bit in range(8)
    )
    assert refusals(desk, scheme, changed) == 8 * len(BODY)


@pytest.mark.parametrize("scheme", Scheme)
def test_one_other_bit_of_any_header_is_refused(desk: DeskInMemory, scheme: Scheme) -> None:
    headers = SIGNED[scheme][0]()

    def changed() -> Iterator[tuple[bytes, Headers]]:
        for name, value in headers.items():
            for at in range(len(value)):
                for bit in range(7):
                    other = chr(ord(value[at]) ^ (1 << bit))
                    if "!" <= other <= "~":
                        yield BODY, {**headers, name: value[:at] + other + value[at + 1 :]}

    assert refusals(desk, scheme, changed()) > 300


@pytest.mark.parametrize("scheme", Scheme)
def test_what_is_signed_by_nobody_or_another_is_refused(desk: DeskInMemory, scheme: Scheme) -> None:
    sign, (_, new) = SIGNED[scheme]
    headers = sign()
    other = "whsec_YSBzdHJhbmdlcidzIHNlY3JldCBvZiAyNCBieXRlcw==" if scheme is Scheme.STANDARD_WEBHOOKS else "x" * 24
    cases: list[tuple[bytes, Headers]] = [(BODY, {}), (BODY, sign(secret=other)), (b"", headers)]
    cases += [(BODY, {name: one for name, one in headers.items() if name != left_out}) for left_out in headers]
    cases += [(BODY, {**headers, name: ""}) for name in headers]
    cases += [(BODY, {**sign(body=b'{"name":"B"}', secret=new)})]
    refusals(desk, scheme, iter(cases))


@pytest.mark.parametrize("scheme", TIMED)
@pytest.mark.parametrize(("away", "is_taken"), [(300, True), (-300, True), (301, False), (-301, False)])
def test_a_signature_is_good_for_five_minutes_before_and_after(
    desk: DeskInMemory, scheme: Scheme, away: int, is_taken: bool
) -> None:
    headers = SIGNED[scheme][0](at=AT + away)
    answer = signing(desk, scheme).post("/hooks/alerts", content=BODY, headers=headers)
    assert answer.status_code == (200 if is_taken else 401)
    assert len(desk.arrivals_kept) == is_taken


@pytest.mark.parametrize("stamp", ["", "now", "1e9", "-1", "9" * 13, "٣", "1790000000.0", "0x6AB13B80"])
def test_what_is_no_time_is_refused(desk: DeskInMemory, stamp: str) -> None:
    headers = {**standard(), "webhook-timestamp": stamp.encode()}
    answer = signing(desk, Scheme.STANDARD_WEBHOOKS).post("/hooks/alerts", content=BODY, headers=headers)
    assert answer.status_code == 401


@pytest.mark.parametrize("identity", ["", "a b", "x" * 257, "ä"])
def test_an_id_that_is_none_is_refused(desk: DeskInMemory, identity: str) -> None:
    headers = {**standard(), "webhook-id": identity.encode()}
    answer = signing(desk, Scheme.STANDARD_WEBHOOKS).post("/hooks/alerts", content=BODY, headers=headers)
    assert answer.status_code == 401


def test_several_signatures_may_be_sent_as_the_standard_says(desk: DeskInMemory) -> None:
    headers = standard(secret=NEW)
    headers["webhook-signature"] = f"v1a,zzzz v1,zzzz {headers['webhook-signature']}"
    asked = signing(desk, Scheme.STANDARD_WEBHOOKS, (NEW,))
    assert asked.post("/hooks/alerts", content=BODY, headers=headers).status_code == 200


def test_githubs_own_example_is_taken() -> None:
    """https://docs.github.com/en/webhooks/using-webhooks/validating-webhook-deliveries"""
    secret, body = "It's a Secret to Everybody", b"Hello, World!"
    signed = b"sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17"
    assert signing_of(Scheme.SHA256, [secret]).verify({b"x-hub-signature-256": signed}, body, AT) is None


def test_a_packed_body_is_signed_as_it_is_unpacked(desk: DeskInMemory) -> None:
    headers = {**standard(), "content-encoding": "gzip"}
    asked = signing(desk, Scheme.STANDARD_WEBHOOKS)
    assert asked.post("/hooks/alerts", content=gzip.compress(BODY), headers=headers).status_code == 200


def test_a_token_and_a_signature_are_both_asked_for(desk: DeskInMemory) -> None:
    asked = client(desk, tokens=(b"token",), signing=signing_of(Scheme.SHA256, [PLAIN_OLD]))
    bearer = {"authorization": "Bearer token"}
    assert asked.post("/hooks/alerts", content=BODY, headers=bearer).status_code == 401
    assert asked.post("/hooks/alerts", content=BODY, headers=github()).status_code == 401
    assert asked.post("/hooks/alerts", content=BODY, headers={**github(), **bearer}).status_code == 200


def test_alertmanagers_own_form_can_be_signed_too(desk: DeskInMemory) -> None:
    body = json.dumps(GROUP).encode()
    asked = client(desk, "alertmanager", signing=signing_of(Scheme.STANDARD_WEBHOOKS, [OLD]))
    assert asked.post("/hooks/alertmanager", content=body).status_code == 401
    assert asked.post("/hooks/alertmanager", content=body, headers=standard(body)).status_code == 200


# ---------------------------------------------------------------- what makes a delivery known again


def test_a_delivery_is_known_by_what_is_signed() -> None:
    def once(scheme: Scheme, headers: Headers, body: bytes = BODY):
        raw = {name.lower().encode(): value.encode() for name, value in headers.items()}
        return signing_of(scheme, SIGNED[scheme][1]).verify(raw, body, AT)

    first = once(Scheme.STANDARD_WEBHOOKS, standard())
    assert first == once(Scheme.STANDARD_WEBHOOKS, standard(secret=NEW))
    assert first.until == AT + 300
    assert first != once(Scheme.STANDARD_WEBHOOKS, standard(identity="msg_2"))
    assert once(Scheme.GRAFANA, grafana()) != once(Scheme.GRAFANA, grafana(at=AT + 1))
    assert once(Scheme.SHA256, github()) is None
    assert once(Scheme.SHA256, {**github(), "X-GitHub-Delivery": "a"}).until == AT + 86400


# ---------------------------------------------------------------- certificates


class Authority:
    def __init__(self, folder: Path) -> None:
        self.ca, self.other = trustme.CA(), trustme.CA()
        self.folder = folder
        server = self.ca.issue_cert("127.0.0.1", "localhost")
        server.private_key_pem.write_to_path(str(folder / "key.pem"))
        for pem in server.cert_chain_pems:
            pem.write_to_path(str(folder / "cert.pem"), append=True)
        self.ca.cert_pem.write_to_path(str(folder / "ca.pem"))
        self.tls = Tls(folder / "cert.pem", folder / "key.pem", folder / "ca.pem")

    def trusting(self, certificate: trustme.LeafCert | None = None) -> ssl.SSLContext:
        context = ssl.create_default_context()
        self.ca.configure_trust(context)
        if certificate is not None:
            certificate.configure_cert(context)
        return context


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("tls"))


@contextmanager
def secure(desk: DeskInMemory, authority: Authority, proofs: Mapping[str, Proof]) -> Iterator[int]:
    """The port of a server that speaks TLS, as `serve` configures it."""
    app = application(desk, proofs=proofs)
    config = uvicorn.Config(app, "127.0.0.1", 0, log_level="critical", lifespan="off", **authority.tls.options())
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    try:
        yield server.servers[0].sockets[0].getsockname()[1]
    finally:
        server.should_exit = True
        thread.join(10)


def post(port: int, context: ssl.SSLContext, path: str = "/hooks/alerts", times: int = 1) -> list[int]:
    statuses: list[int] = []
    with closing(http.client.HTTPSConnection("127.0.0.1", port, context=context, timeout=10)) as connection:
        for _ in range(times):
            connection.request("POST", path, BODY)
            answer = connection.getresponse()
            answer.read()
            statuses.append(answer.status)
    return statuses


def test_a_client_shows_the_certificate_that_is_asked_for(desk: DeskInMemory, authority: Authority) -> None:
    ca = authority.ca
    proofs = {"plain": Proof(client_names=frozenset({"prometheus.example", "spiffe://example/monitor", "sender-1"}))}
    with secure(desk, authority, proofs) as port:
        by_name = authority.trusting(ca.issue_cert("prometheus.example", "other.example"))
        by_common_name = authority.trusting(ca.issue_cert("x.example", common_name="sender-1"))
        assert post(port, by_name, times=3) == [200, 200, 200]
        assert post(port, by_common_name) == [200]
        assert len(desk.arrivals_kept) == 4
        assert post(port, authority.trusting()) == [401]
        assert post(port, authority.trusting(ca.issue_cert("stranger.example"))) == [401]
        assert post(port, authority.trusting(ca.issue_cert("prometheus.example.evil.example"))) == [401]
        # Where nothing is asked, no certificate is needed: the body is no group of Alertmanager's, but it is heard.
        assert post(port, authority.trusting(), "/hooks/alertmanager") == [400]
        assert len(desk.arrivals_kept) == 4


def test_a_certificate_of_another_authority_gets_nowhere(desk: DeskInMemory, authority: Authority) -> None:
    with secure(desk, authority, {"plain": Proof(client_names=frozenset({"prometheus.example"}))}) as port:
        forged = authority.trusting(authority.other.issue_cert("prometheus.example"))
        with pytest.raises((ssl.SSLError, ConnectionError, http.client.RemoteDisconnected)):
            post(port, forged)
        assert not desk.arrivals_kept


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1])
def test_versions_of_tls_that_are_broken_are_not_spoken(
    desk: DeskInMemory, authority: Authority, version: ssl.TLSVersion
) -> None:
    client = authority.trusting()
    client.set_ciphers("ALL:@SECLEVEL=0")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        client.minimum_version = client.maximum_version = version
    with secure(desk, authority, {}) as port, pytest.raises((ssl.SSLError, ConnectionError)):
        post(port, client)


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_every_cipher_that_is_spoken_has_forward_secrecy(
    desk: DeskInMemory, authority: Authority, version: ssl.TLSVersion
) -> None:
    client = authority.trusting()
    client.minimum_version = client.maximum_version = version
    with secure(desk, authority, {}) as port:
        with (
            socket.create_connection(("127.0.0.1", port)) as plain,
            client.wrap_socket(plain, server_hostname="127.0.0.1") as sock,
        ):
            name, *_ = sock.cipher()
        assert "GCM" in name or "POLY1305" in name
        weak = authority.trusting()
        weak.maximum_version = ssl.TLSVersion.TLSv1_2
        weak.set_ciphers("AES256-SHA:ECDHE-RSA-AES256-SHA:ECDHE-ECDSA-AES256-SHA:AES128-GCM-SHA256:@SECLEVEL=0")
        with pytest.raises((ssl.SSLError, ConnectionError)):
            post(port, weak)


def test_names_are_the_common_name_and_the_alternative_ones() -> None:
    certificate = {
        "subject": ((("countryName", "AT"),), (("commonName", "a"),)),
        "subjectAltName": (("DNS", "b.example"), ("URI", "spiffe://c"), ("IP Address", "10.0.0.1"), ("email", "d@e")),
    }
    assert names_in(certificate) == ("a", "b.example", "spiffe://c", "d@e")
    assert names_in({}) == ()


HEADER = ProxyHeader(b"x-client-name", (ip_network("127.0.0.0/8"), ip_network("fd00::/8")))


@pytest.mark.parametrize(
    ("peer", "name", "status"),
    [
        ("127.0.0.1", "prometheus.example", 200),
        ("fd00::5", "prometheus.example", 200),
        ("127.0.0.1", "stranger.example", 401),
        ("127.0.0.1", "", 401),
        ("127.0.0.1", "x" * 300, 401),
        ("192.0.2.1", "prometheus.example", 401),
        ("::ffff:127.0.0.1", "prometheus.example", 401),
        ("testclient", "prometheus.example", 401),
    ],
)
def test_a_proxys_header_counts_from_the_proxy_alone(desk: DeskInMemory, peer: str, name: str, status: int) -> None:
    proof = Proof(client_names=frozenset({"prometheus.example"}), proxy=HEADER)
    asked = TestClient(application(desk, proofs={"plain": proof}), client=(peer, 1))
    assert asked.post("/hooks/alerts", content=BODY, headers={"x-client-name": name}).status_code == status


def test_the_rest_of_alertmanagers_api_asks_for_the_certificate_too(desk: DeskInMemory) -> None:
    proof = Proof(client_names=frozenset({"prometheus.example"}), proxy=HEADER)
    asked = TestClient(application(desk, proofs={"prometheus": proof}), client=("127.0.0.1", 1))
    assert asked.get("/api/v2/status").status_code == 401
    assert asked.get("/api/v2/status", headers={"x-client-name": "prometheus.example"}).status_code == 200


# ---------------------------------------------------------------- how it is asked for


def read_no_file(path: str) -> str:
    raise FileNotFoundError(2, "No such file or directory", path)


def proofs_of(environment: Mapping[str, str], *, has_client_ca: bool = False) -> Mapping[str, Proof]:
    return hook_proofs(environment, lambda path: f"in {path}, other\n", has_client_ca=has_client_ca)


def test_nothing_is_asked_where_nothing_is_set() -> None:
    assert proofs_of({"PATH": "/bin", "COVET_SRE_LINK_SECRET": "x"}) == {}


def test_everything_can_be_asked_of_a_source() -> None:
    proofs = proofs_of(
        {
            "COVET_SRE_HOOK_SECRET_GRAFANA": "canary-1, canary-2,",
            "COVET_SRE_HOOK_SIGNATURE_GRAFANA": "grafana",
            "COVET_SRE_HOOK_SIGNING_SECRET_GRAFANA": f"{PLAIN_OLD},{PLAIN_NEW}",
            "COVET_SRE_HOOK_CLIENT_CERT_PLAIN": "a.example,b.example",
            "COVET_SRE_HOOK_SECRET_PROMETHEUS_FILE": "/run/secret",
        },
        has_client_ca=True,
    )
    assert set(proofs) == {"grafana", "plain", "prometheus"}
    assert proofs["grafana"].tokens == (b"canary-1", b"canary-2")
    assert proofs["grafana"].signing == signing_of(Scheme.GRAFANA, [PLAIN_OLD, PLAIN_NEW])
    assert proofs["plain"].client_names == {"a.example", "b.example"}
    assert proofs["prometheus"].tokens == (b"in /run/secret", b"other")
    assert "canary" not in repr(proofs["grafana"]) and PLAIN_OLD not in repr(proofs["grafana"])


def test_a_proxys_header_alone_asks_for_nothing() -> None:
    header = {"COVET_SRE_HOOK_CLIENT_CERT_HEADER": "X-Client-Name", "COVET_SRE_HOOK_CLIENT_CERT_PROXIES": "127.0.0.1"}
    assert proofs_of(header) == {}
    proofs = proofs_of({**header, "COVET_SRE_HOOK_CLIENT_CERT_PLAIN": "a"})
    assert proofs["plain"].proxy == ProxyHeader(b"x-client-name", (ip_network("127.0.0.1"),))


@pytest.mark.parametrize(
    ("environment", "where"),
    [
        ({"COVET_SRE_HOOK_SECRET_ALERTMANGER": "canary"}, "COVET_SRE_HOOK_SECRET_ALERTMANGER"),
        ({"COVET_SRE_HOOK_TOKEN_GRAFANA": "canary"}, "COVET_SRE_HOOK_TOKEN_GRAFANA"),
        ({"COVET_SRE_HOOK_SIGNATURE_GRAFANA": "md5"}, "COVET_SRE_HOOK_SIGNATURE_GRAFANA"),
        ({"COVET_SRE_HOOK_SIGNATURE_GRAFANA": "grafana"}, "COVET_SRE_HOOK_SIGNING_SECRET_GRAFANA"),
        ({"COVET_SRE_HOOK_SIGNING_SECRET_GRAFANA": "canary" * 9}, "COVET_SRE_HOOK_SIGNATURE_GRAFANA"),
        (
            {"COVET_SRE_HOOK_SIGNATURE_PLAIN": "sha256", "COVET_SRE_HOOK_SIGNING_SECRET_PLAIN": "canary"},
            "COVET_SRE_HOOK_SIGNING_SECRET_PLAIN",
        ),
        (
            {"COVET_SRE_HOOK_SIGNATURE_PLAIN": "standard-webhooks", "COVET_SRE_HOOK_SIGNING_SECRET_PLAIN": "canary"},
            "COVET_SRE_HOOK_SIGNING_SECRET_PLAIN",
        ),
        ({"COVET_SRE_HOOK_CLIENT_CERT_PLAIN": "a"}, "COVET_SRE_HOOK_CLIENT_CERT_PLAIN"),
        ({"COVET_SRE_HOOK_CLIENT_CERT_HEADER": "a"}, "COVET_SRE_HOOK_CLIENT_CERT_PROXIES"),
        ({"COVET_SRE_HOOK_CLIENT_CERT_PROXIES": "127.0.0.1"}, "COVET_SRE_HOOK_CLIENT_CERT_HEADER"),
        (
            {"COVET_SRE_HOOK_CLIENT_CERT_HEADER": "a", "COVET_SRE_HOOK_CLIENT_CERT_PROXIES": "proxy.example"},
            "COVET_SRE_HOOK_CLIENT_CERT_PROXIES",
        ),
        (
            {"COVET_SRE_HOOK_SECRET_PLAIN": "canary", "COVET_SRE_HOOK_SECRET_PLAIN_FILE": "/a"},
            "COVET_SRE_HOOK_SECRET_PLAIN_FILE",
        ),
    ],
)
def test_a_lock_that_would_not_lock_refuses_the_start(environment: dict[str, str], where: str) -> None:
    with pytest.raises(Refused) as caught:
        proofs_of(environment)
    assert caught.value.where == where
    assert caught.value.remedy
    assert "canary" not in str(caught.value)


def test_a_file_that_is_missing_or_empty_refuses_the_start() -> None:
    asked = {"COVET_SRE_HOOK_SECRET_PLAIN_FILE": "/run/secret"}
    with pytest.raises(Refused, match="/run/secret cannot be read: No such file"):
        hook_proofs(asked, read_no_file, has_client_ca=False)
    with pytest.raises(Refused, match="/run/secret is empty"):
        hook_proofs(asked, lambda _: " \n", has_client_ca=False)


def test_certificates_that_cannot_be_used_refuse_the_start(authority: Authority, tmp_path: Path) -> None:
    authority.tls.check()
    (tmp_path / "text.pem").write_text("this is none")
    good, bad = authority.tls, tmp_path / "text.pem"
    for tls in (
        Tls(bad, good.key),
        Tls(good.certificate, bad),
        Tls(tmp_path / "missing", good.key),
        Tls(good.certificate, good.key, bad),
        Tls(good.certificate, good.key, tmp_path / "missing"),
    ):
        with pytest.raises(Refused, match="cannot be used"):
            tls.check()
