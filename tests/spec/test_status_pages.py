"""StatusPage documents."""

import pytest

from covet_sre.status.rules import DEFAULT_RULES, Sign, StateRule
from covet_sre.status.states import ComponentState

SPEC = "StatusPage.spec"


@pytest.fixture
def files(files):
    component = {"id": "orders", "name": "Ordering", "group": "Shop", "services": ["api"]}
    spec = {"title": "Example status", "address": "https://status.example.com/", "components": [component]}
    files.documents["StatusPage"] = {
        "apiVersion": "covet-sre/v1",
        "kind": "StatusPage",
        "metadata": {"name": "public"},
        "spec": spec,
    }
    return files


def test_a_page_is_read_with_what_it_leaves_out(files):
    page = files.read().rules.status_page
    assert (page.title, page.address, page.time_zone, page.subscribe_address) == (
        "Example status",
        "https://status.example.com",
        "UTC",
        "",
    )
    [component] = page.components
    assert component.slos == component.uptime_slos == ("availability",)
    assert component.rules == DEFAULT_RULES
    assert not component.manual


def test_everything_that_can_be_said_is_read(files):
    mail = {"host": "smtp.example.com", "from": "status@example.com"}
    files.more.append(
        {
            "apiVersion": "covet-sre/v1",
            "kind": "NotificationTarget",
            "metadata": {"name": "mail"},
            "spec": {"type": "email", "settings": mail},
        }
    )
    files.change(
        f"{SPEC}.subscribers", {"email": "mail", "webhook": True, "address": "https://sre.example.com/status/"}
    )
    files.change(f"{SPEC}.timeZone", "Europe/Rome").change(f"{SPEC}.support", "mailto:help@example.com")
    rules = [
        {"when": "alert", "is": "page", "errorsAbove": 0.2, "state": "major_outage"},
        {"when": "budget", "is": "exhausted", "state": "degraded_performance"},
    ]
    files.change(f"{SPEC}.components.0.states", rules).change(f"{SPEC}.components.0.since", "2026-01-01")
    files.change(f"{SPEC}.components.0.uptime", ["availability"])
    page = files.read().rules.status_page
    assert (page.mail_target, page.takes_webhooks, page.subscribe_address) == (
        "mail",
        True,
        "https://sre.example.com/status",
    )
    assert page.components[0].rules == (
        StateRule(Sign.ALERT, "page", ComponentState.MAJOR_OUTAGE, 0.2),
        StateRule(Sign.BUDGET, "exhausted", ComponentState.DEGRADED_PERFORMANCE),
    )
    assert page.components[0].since.isoformat() == "2026-01-01"


@pytest.mark.parametrize(
    ("path", "value", "field", "words"),
    [
        ("titel", "x", "titel", "did you mean 'title'"),
        ("title", "a\nb", "title", "one line"),
        ("address", "status.example.com", "address", "http or https"),
        ("address", "https://user:secret@example.com", "address", "password"),
        ("address", "https://example.com/?a=b", "address", "take them out"),
        ("support", "javascript:alert(1)", "support", "http or https"),
        ("timeZone", "Europe/Rom", "timeZone", "IANA"),
        ("components", [], "components", "at least 1"),
        ("components.0.id", "Orders", "id", "lower-case"),
        ("components.0.id", "../orders", "id", "lower-case"),
        ("components.0.services", ["ap"], "services[0]", "did you mean 'api'"),
        ("components.0.slos", ["availabilty"], "slos[0]", "did you mean 'availability'"),
        ("components.0.uptime", ["nothing"], "uptime[0]", "declare it"),
        ("components.0.services", [], "components[0]", "manual: true"),
        ("components.0.since", "2026-02-30", "since", "calendar"),
        ("components.0.states", [{"when": "incident", "is": "P5", "state": "major_outage"}], "is", "P0"),
        ("components.0.states", [{"when": "incident", "is": "P0", "state": "down"}], "state", "operational"),
        (
            "components.0.states",
            [{"when": "incident", "is": "P0", "errorsAbove": 0.5, "state": "major_outage"}],
            "errorsAbove",
            "when: alert",
        ),
        ("subscribers", {"email": "ann-phone"}, "email", "type email"),
        ("subscribers", {"email": "nobody"}, "email", "declare it"),
        ("subscribers", {"email": "nobody", "sms": True}, "sms", "known here"),
    ],
)
def test_a_mistake_is_a_finding_where_it_stands(files, path, value, field, words):
    found = [one for one in files.change(f"{SPEC}.{path}", value).findings() if one.field.endswith(field)]
    assert found, [str(one) for one in files.findings()]
    assert words in str(found[0])
    assert found[0].location.line > 0


def test_what_only_people_change_has_no_rules(files):
    files.change(f"{SPEC}.components.0.manual", True)
    files.change(f"{SPEC}.components.0.states", [{"when": "incident", "is": "P0", "state": "major_outage"}])
    assert files.one_finding().field.endswith("states")


def test_components_have_identities_of_their_own_and_there_is_one_page(files):
    twice = files.documents["StatusPage"]["spec"]["components"] * 2
    files.change(f"{SPEC}.components", twice)
    assert files.one_finding().code == "reference-ambiguous"
    files.change(f"{SPEC}.components", twice[:1])
    other = {**files.documents["StatusPage"], "metadata": {"name": "second"}}
    files.more.append(other)
    assert "one page is shown" in str(files.one_finding())
