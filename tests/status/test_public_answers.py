"""What the public is answered: to everybody, from memory, and nothing of what is inside."""

import gzip
import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from covet_sre.app import Server
from covet_sre.app.static_folder import bring_to
from covet_sre.errors import OutputError
from covet_sre.incident.status_facts import PublishIncident, ScheduleMaintenance, SetComponentState
from covet_sre.status.public_incident import PublicStatus
from covet_sre.status.states import ComponentState, Impact
from covet_sre.status.subscriber import Subscriber
from tests.access.house import House
from tests.notifying.mail_server import MailServer
from tests.status.server import ADDRESS, MARK, client, eventually, reader, status_server


@pytest.fixture(scope="module")
def mails() -> Iterator[MailServer]:
    with MailServer() as made:
        yield made


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, mails: MailServer) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("status")
    with status_server(folder, mails.port, 3, status_page_folder=folder / "public") as made:
        eventually(lambda: made.status_site.served() is not None)
        yield made


@pytest.fixture
def fresh(server: Server) -> Server:
    """As it stands now."""
    server.status_site.render()
    return server


PUBLIC = [
    "/status/",
    "/status/history",
    "/status/history.html",
    "/status/history.atom",
    "/status/history.rss",
    "/status/components/ordering",
    "/status/api/v2/summary",
    "/status/api/v2/summary.json",
    "/status/api/v2/incidents/unresolved.json",
    "/status/mark.svg",
]


@pytest.mark.parametrize("path", PUBLIC)
def test_everybody_is_answered_with_a_tag_and_how_long_it_may_be_kept(fresh: Server, path: str) -> None:
    found = client(fresh).get(path)
    assert found.status_code == 200
    assert "max-age=30" in found.headers["cache-control"]
    again = client(fresh, **{"if-none-match": found.headers["etag"]}).get(path)
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["etag"] == found.headers["etag"]
    assert client(fresh).head(path).headers["content-type"] == found.headers["content-type"]
    assert "set-cookie" not in found.headers


def test_the_stylesheet_may_be_kept_for_ever_and_is_named_by_its_content(fresh: Server) -> None:
    page = client(fresh).get("/status/").text
    name = re.search(r'href="(status-[0-9a-f]{12}\.css)"', page)
    assert name
    style = client(fresh).get(f"/status/{name[1]}")
    assert "immutable" in style.headers["cache-control"]
    assert style.headers["content-type"].startswith("text/css")


def test_what_is_packed_is_the_same_and_has_a_tag_of_its_own(fresh: Server) -> None:
    plain = client(fresh, **{"accept-encoding": "identity"}).get("/status/")
    packed = client(fresh, **{"accept-encoding": "br;q=1, gzip;q=0.8"}).get("/status/")
    assert packed.headers["content-encoding"] == "gzip"
    assert packed.text == plain.text
    assert packed.headers["etag"] != plain.headers["etag"]
    assert "accept-encoding" in packed.headers["vary"]
    assert len(gzip.compress(plain.content)) < len(plain.content) / 2
    refused = client(fresh, **{"accept-encoding": "gzip;q=0"}).get("/status/")
    assert "content-encoding" not in refused.headers


def test_without_the_slash_one_is_sent_to_the_folder(fresh: Server) -> None:
    found = client(fresh).get("/status")
    assert (found.status_code, found.headers["location"]) == (308, "status/")


@pytest.mark.parametrize(
    "path",
    [
        "/status/nothing",
        "/status/%2e%2e/%2e%2e/etc/passwd",
        "/status/..%2f..%2fetc%2fpasswd",
        "/status/incidents/INC-2026-1126-001",
        "/status//etc/passwd",
        "/status/index.html%00.css",
        "/status/api/v2/",
    ],
)
def test_what_is_no_file_of_the_page_is_not_there(fresh: Server, path: str) -> None:
    found = client(fresh).get(path)
    assert found.status_code == 404
    assert "root:" not in found.text


def test_programs_of_other_sites_may_read_and_nothing_more(fresh: Server) -> None:
    elsewhere = {"origin": "https://example.org", "sec-fetch-site": "cross-site", "sec-fetch-mode": "cors"}
    found = client(fresh, **elsewhere).get("/status/api/v2/summary.json")
    assert (found.status_code, found.headers["access-control-allow-origin"]) == (200, "*")
    assert client(fresh, **elsewhere).post("/status/subscribe", data={"address": "a@example.org"}).status_code == 403
    assert client(fresh, **elsewhere).get("/api/v1/slos").status_code == 403


def test_the_public_name_opens_the_public_page_and_nothing_else(fresh: Server) -> None:
    public = client(fresh, "https://status.example.com")
    assert public.get("/status/").status_code == 200
    assert public.get("/status/api/v2/status.json").status_code == 200
    for path in ("/", "/slos", "/status-page", "/api/v1/status-page", "/metrics", "/statusx"):
        assert public.get(path).status_code == 421, path
    assert client(fresh, "https://evil.example").get("/status/").status_code == 421


def test_a_token_or_cookie_makes_no_difference_to_the_public_page(fresh: Server) -> None:
    asked = client(fresh, authorization="Bearer csre_wrong", cookie="__Host-covet_sre_session=wrong")
    assert asked.get("/status/").status_code == 200
    assert asked.get("/status/subscribe").status_code == 200


# ---------------------------------------------------------------- nothing internal, anywhere


def test_no_internal_text_of_anything_reaches_the_public(server: Server, mails: MailServer, tmp_path: Path) -> None:
    """Every name and text inside holds a mark; everything that the public can reach is searched for it."""
    inside = House(server).client()
    alert = {
        "labels": {
            "alertname": "ZanzibarDown",
            "service": "zanzibar-svc",
            "severity": "critical",
            "instance": "zanzibar-1:9100",
        },
        "annotations": {"summary": "zanzibar is down", "runbook_url": "https://zanzibar.example"},
    }
    assert inside.post("/api/v2/alerts", json=[alert]).status_code == 200
    eventually(lambda: inside.get("/api/v1/incidents").json()["items"])
    incident = inside.get("/api/v1/incidents").json()["items"][0]["id"]
    actor = {"actor": "Ann Zanzibar"}
    for action, body in (
        ("acknowledge", {}),
        ("notes", {"text": "zanzibar note"}),
        ("assign", {"person": "zanzibar-ann"}),
        ("severity", {"severity": "P1", "why": "zanzibar"}),
        ("mitigate", {"done": False}),
    ):
        assert inside.post(f"/api/v1/incidents/{incident}/{action}", json=body | actor).status_code == 200
    page = "/api/v1/status-page"
    told = {
        "title": "Orders cannot be placed",
        "text": "We are looking into it.",
        "components": {"ordering": "major_outage"},
        "incident": incident,
    }
    refused = inside.post(f"{page}/incidents", json=told | actor | {"text": "The zanzibar-svc is down"})
    assert refused.status_code == 422 and "zanzibar-svc" in refused.json()["detail"]
    made = inside.post(f"{page}/incidents", json=told | actor).json()
    mended = inside.put(
        f"{page}/incidents/{made['id']}/updates/1",
        json={"version": 1, "text": "We are on it.", "confirmed": "zanzibar reason"} | actor,
    )
    assert mended.status_code == 200
    for state in ("partial_outage", "degraded_performance"):
        version = next(one["version"] for one in inside.get(page).json()["components"] if one["id"] == "support")
        body = {"version": version, "state": state, "reason": "zanzibar reason"} | actor
        assert inside.post(f"{page}/components/support", json=body).status_code == 200
    work = {
        "title": "Larger machines",
        "text": "Pages may be slow.",
        "components": ["ordering"],
        "starts": "2027-01-04T22:00Z",
        "ends": "2027-01-04T23:00Z",
        "silence": True,
    }
    starts = server.settings.clock() + 86400
    server.desk.incidents.decide(
        ScheduleMaintenance(
            "zanzibar-ann", work["title"], work["text"], ("ordering",), starts, starts + 3600, 0.0, True
        )
    )
    server.status_site.render()
    public = client(server)
    paths = [f"/status/{name}" for name in server.status_site.served().site]  # type: ignore[union-attr]
    assert any("incidents/" in path for path in paths) and any("maintenance/" in path for path in paths)
    paths += [
        "/status",
        "/status/subscribe",
        "/status/confirm/x/y",
        "/status/unsubscribe/x/y",
        "/status/nothing",
        f"/status/incidents/{incident}",
    ]
    answers = {path: public.get(path) for path in paths}
    for path, answer in answers.items():
        told_text = answer.text + json.dumps(dict(answer.headers))
        assert MARK not in told_text.lower(), path
        assert incident not in told_text, path
    bring_to(tmp_path / "site", server.status_site.files())
    for file in (tmp_path / "site").rglob("*"):
        assert MARK not in str(file).lower()
        assert not file.is_file() or MARK not in file.read_text().lower(), file
    eventually(lambda: len(mails.letters) >= 6)
    for letter in mails.letters:
        whole = letter.as_string().lower() + str(letter.get_body(("plain",)).get_content()).lower()  # type: ignore[union-attr]
        assert MARK not in whole and incident.lower() not in whole
    # What is inside is there, all the same.
    assert (
        MARK in inside.get("/status-page").text.lower()
        or MARK in inside.get(f"/status-page/incidents/{made['id']}").text.lower()
    )


def test_mails_can_be_ended_with_one_click(server: Server, mails: MailServer) -> None:
    before = len(mails.letters)
    server.desk.incidents.decide(
        PublishIncident("ann", "Searches are slow", "We are looking into it.", impact=Impact.MINOR)
    )
    eventually(lambda: len(mails.letters) >= before + 3)
    letter = mails.letters[-1]
    assert letter["Subject"] == "Example status: Investigating: Searches are slow"
    assert letter["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    address = letter["List-Unsubscribe"].strip("<>")
    identity, key = address.split("/")[-2:]
    assert address == f"https://status.example.com/unsubscribe/{identity}/{key}"
    path = f"/status/unsubscribe/{identity}/{key}"
    public = client(server)
    assert public.get(path).status_code == 200
    assert server.store.find_record(Subscriber, identity) is not None, "a GET changes nothing"
    ended = public.post(path, data={"List-Unsubscribe": "One-Click"})
    assert ended.status_code == 200
    assert server.store.find_record(Subscriber, identity) is None
    # Whatever is known of the address, the answer is the same.
    assert public.post(path).text == public.post("/status/unsubscribe/nobody/nothing").text == ended.text


# ---------------------------------------------------------------- subscribing


def test_subscribing_goes_by_a_mail_a_page_and_a_button(server: Server, mails: MailServer) -> None:
    public = client(server, accept="text/html")
    form = public.get("/status/subscribe")
    assert form.status_code == 200 and "no-store" in form.headers["cache-control"]
    before = len(mails.letters)
    asked = public.post(
        "/status/subscribe", data={"kind": "email", "address": "New.Reader@example.org", "component:ordering": "1"}
    )
    assert asked.status_code == 200
    known = public.post("/status/subscribe", data={"kind": "email", "address": reader(1).address})
    assert known.text == asked.text, "no answer tells who is subscribed"
    eventually(lambda: len(mails.letters) >= before + 2)
    letter = next(one for one in mails.letters[before:] if one["To"] == "New.Reader@example.org")
    body = letter.get_body(("plain",)).get_content()  # type: ignore[union-attr]
    link = re.search(r"https://status\.example\.com(/confirm/\S+)", body)
    assert link
    path = f"/status{link[1]}"
    assert public.get(path).status_code == public.get(path).status_code == 200
    confirmed = public.post(path)
    assert confirmed.status_code == 200 and "You are subscribed" in confirmed.text
    assert public.post(path).status_code == 410
    found = [one for one in server.public.subscribers() if one.address == "New.Reader@example.org"]
    assert [(one.is_confirmed, one.components) for one in found] == [(True, ("ordering",))]


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"kind": "email", "address": "nobody"}, "no e-mail address"),
        ({"kind": "email", "address": "a@example.org\r\nBcc: b@example.org"}, "no e-mail address"),
        ({"kind": "fax", "address": "1234"}, "is called"),
        ({"kind": "webhook", "address": "https://127.0.0.1/hook"}, "cannot be reached"),
        ({"kind": "email", "address": "<script>alert(1)</script>"}, "no e-mail address"),
        ({"kind": "email", "address": "a@example.org", "component:../..": "1"}, "no component"),
    ],
)
def test_what_cannot_be_subscribed_is_said_in_the_form_with_what_was_typed(
    server: Server, fields: dict[str, str], words: str
) -> None:
    # Another client each time: one may ask only so often.
    found = client(server).post("/status/subscribe", data=fields)
    assert found.status_code in (422, 429)
    assert "<script>alert" not in found.text
    if found.status_code == 422:
        assert words in found.text


def test_one_client_may_ask_so_often(server: Server) -> None:
    public = client(server)
    answers = [
        public.post("/status/subscribe", data={"address": f"many{number}@example.org"}).status_code
        for number in range(12)
    ]
    assert answers[-1] == 429
    assert public.get("/status/").status_code == 200


# ---------------------------------------------------------------- files


def test_the_folder_is_renewed_on_every_change(server: Server) -> None:
    folder = server.settings.status_page_folder
    assert folder is not None
    identity = server.desk.incidents.decide(
        PublishIncident("ann", "Parcels cannot be tracked", "We are on it.", PublicStatus.IDENTIFIED)
    )
    eventually(lambda: (folder / "incidents" / f"{identity}.html").exists())
    eventually(lambda: "Parcels cannot be tracked" in (folder / "index.html").read_text())
    assert json.loads((folder / "api/v2/incidents/unresolved.json").read_text())["incidents"]


def test_a_folder_that_cannot_be_written_is_told_of_and_the_page_is_served_on(server: Server, tmp_path: Path) -> None:
    (tmp_path / "blocked").write_text("no folder")
    site = server.status_site
    kept, site._folder = site._folder, tmp_path / "blocked"
    try:
        with pytest.raises(OutputError, match="cannot be written"):
            site.render()
    finally:
        site._folder = kept
    assert client(server).get("/status/").status_code == 200


def test_states_by_hand_show_at_once_on_the_next_rendering(server: Server) -> None:
    version = server.public.by_hand("support").version
    server.desk.incidents.decide(
        SetComponentState("ann", "support", version, ComponentState.MAJOR_OUTAGE, "the phone is broken")
    )
    server.status_site.render()
    status = client(server).get("/status/api/v2/components.json").json()["components"]
    assert next(one["status"] for one in status if one["id"] == "support") == "major_outage"
    assert "the phone is broken" not in client(server).get("/status/").text


def test_where_no_file_declares_a_page_there_is_none(tmp_path: Path) -> None:
    from covet_sre.app import Settings
    from tests.status.server import FILES

    files = tmp_path / "reliability.yaml"
    files.write_text(FILES.replace("PORT", "25").partition("---\napiVersion: covet-sre/v1\nkind: StatusPage")[0])
    made = Server(Settings([files], f"sqlite:///{tmp_path / 'one.db'}"))
    try:
        made.status_site.render()
        for path in ("/status/", "/status/subscribe", "/status/api/v2/summary.json"):
            assert client(made).get(path).status_code == 404
        assert client(made).get("/api/v1/status-page").status_code == 404
        assert client(made, accept="text/html").get("/status-page").status_code == 404
    finally:
        made.close()


def test_the_address_of_the_server_itself_is_known(server: Server) -> None:
    assert ADDRESS.endswith("8420")
    assert server.status_site.hosts() == {"status.example.com"}
