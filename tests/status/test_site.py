"""The whole site as files: small, always the same, harmless whatever people write, of the shapes that it promises."""

import json
import re
import xml.etree.ElementTree as ElementTree
from dataclasses import replace
from datetime import datetime
from email.utils import parsedate_to_datetime
from html.parser import HTMLParser
from pathlib import Path

import jsonschema
import pytest

from covet_sre.status.maintenance import Maintenance, MaintenanceStatus, MaintenanceUpdate
from covet_sre.status.page import StatusPage
from covet_sre.status.public_incident import PublicIncident, PublicStatus, PublicUpdate
from covet_sre.status.standing import Standing
from covet_sre.status.states import ComponentState, Impact
from covet_sre.web.status.bars import MOST_SPEAKING
from covet_sre.web.status.site import TYPES, render_site
from tests.status.sample import NOW, Weather, open_incident, page, sample

SCHEMAS = json.loads((Path(__file__).parent / "statuspage_schema.json").read_text())
WEATHERS: list[Weather] = ["fine", "outage", "maintenance"]
ATOM = "{http://www.w3.org/2005/Atom}"

MARKUP = "<script>alert(1)</script>'\"&amp;]]><!--{{7*7}}\N{RIGHT SINGLE QUOTATION MARK} a@b\u0085x"


@pytest.mark.parametrize("weather", WEATHERS)
def test_a_page_of_twenty_components_and_ninety_days_is_under_fifty_kilobytes(weather: Weather) -> None:
    site = render_site(sample(weather))
    assert len(sample(weather).components) == 20
    assert {len(one.uptime.days) for one in sample(weather).components} == {90}
    assert len(site["index.html"]) < 50_000
    assert max(len(content) for name, content in site.items() if name.endswith(".html")) < 50_000


def test_it_stays_under_fifty_kilobytes_on_the_worst_day() -> None:
    """Every day of every component troubled, every incident open, every text as long as it may be."""
    standing = sample("outage")
    updates = tuple(
        replace(update, text="Größere Störung, die Bestellung bricht ab. " * 230, at=update.at + n)
        for n in range(20)
        for update in open_incident().updates
    )
    incidents = [
        replace(open_incident(), identity=f"{n:012x}", title="Störung" * 28, updates=updates) for n in range(30)
    ]
    components = []
    for one in standing.components:
        days = tuple(
            replace(
                day, state=list(ComponentState)[1 + n % 4], uptime=0.9123, seconds={ComponentState.MAJOR_OUTAGE: 4000.0}
            )
            for n, day in enumerate(one.uptime.days)
        )
        components.append(replace(one, uptime=replace(one.uptime, days=days)))
    worst = replace(standing, incidents=tuple(incidents), components=tuple(components))
    index = render_site(worst)["index.html"]
    assert len(re.findall(rb"<title>[^<]+, 91", index)) == 20 * MOST_SPEAKING
    assert len(index) < 50_000


@pytest.mark.parametrize("weather", WEATHERS)
def test_the_same_standing_gives_the_same_bytes(weather: Weather) -> None:
    assert render_site(sample(weather)) == render_site(sample(weather))


def test_it_states_when_it_was_rendered() -> None:
    for name, content in render_site(sample()).items():
        if name.endswith(".html"):
            assert b'As of <time datetime="2026-11-26T18:40:00Z">26 Nov 2026, 18:40 GMT</time>' in content, name


def test_every_path_is_made_of_identities_and_has_a_type() -> None:
    for name in render_site(sample("outage")):
        assert re.fullmatch(r"(?:[a-z0-9-]+/){0,3}[a-z0-9-]+\.[a-z]{2,4}", name), name
        assert name.rpartition(".")[2] in TYPES


class Links(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self.tags: set[str] = set()
        self.attributes: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}
        self.found += [value or "" for name, value in attrs if name in ("href", "src", "action")]


@pytest.mark.parametrize("weather", WEATHERS)
def test_every_link_is_relative_and_leads_to_a_file(weather: Weather) -> None:
    site = render_site(sample(weather))
    for name, content in site.items():
        if not name.endswith(".html"):
            continue
        links = Links()
        links.feed(content.decode())
        assert links.tags.isdisjoint({"script", "style", "iframe", "base", "img"})
        assert not [each for each in links.attributes if each == "style" or each.startswith("on")]
        folder = name.rpartition("/")[0]
        for link in links.found:
            if link.startswith(("https://example.com/", "#")):
                continue
            assert ":" not in link and not link.startswith("/"), (name, link)
            path = [*folder.split("/")] if folder else []
            for part in link.split("/"):
                path = path[:-1] if part == ".." else [*path, part]
            assert "/".join(path) in site or path == ["subscribe"], (name, link)


# ---------------------------------------------------------------- markup in every field


def hostile() -> Standing:
    text = MARKUP
    clean = text.replace("\u0085", "")
    shown = page()
    components = tuple(
        replace(one, name=f"{clean}{number}", description=clean, group=clean if one.group else "")
        for number, one in enumerate(shown.components)
    )
    shown = replace(
        shown, title=clean, description=clean, support="https://example.com/?a=1&b='\"<", components=components
    )
    standing = sample("outage", shown)
    update = PublicUpdate(NOW - 60, PublicStatus.INVESTIGATING, clean, (("ordering", ComponentState.MAJOR_OUTAGE),))
    work = MaintenanceUpdate(NOW - 60, MaintenanceStatus.SCHEDULED, clean)
    return replace(
        standing,
        incidents=(PublicIncident("5ea1c400aaaa", clean, Impact.MAJOR, (update,), changed_at=NOW), *standing.incidents),
        maintenances=(Maintenance("7a17e4a4aaaa", clean, ("ordering",), NOW + 60, NOW + 120, (work,), changed_at=NOW),),
    )


def test_markup_in_any_field_is_text_on_every_page() -> None:
    for name, content in render_site(hostile()).items():
        if not name.endswith(".html"):
            continue
        text = content.decode()
        assert "<script" not in text, name
        links = Links()
        links.feed(text)
        assert "script" not in links.tags
        assert not [each for each in links.attributes if each.startswith("on")]


def test_markup_in_any_field_is_text_in_feeds_and_json() -> None:
    site = render_site(hostile())
    clean = MARKUP.replace("\u0085", "")
    atom = ElementTree.fromstring(site["history.atom"])
    assert clean in [title.text for title in atom.iter(f"{ATOM}title")]
    # The entries' content is HTML by itself: there it is escaped a second time.
    contents = "".join(entry.findtext(f"{ATOM}content") or "" for entry in atom.iter(f"{ATOM}entry"))
    assert "<script" not in contents and "&lt;script" in contents
    rss = ElementTree.fromstring(site["history.rss"])
    assert clean in [title.text for title in rss.iter("title")]
    assert "<script" not in "".join(item.findtext("description") or "" for item in rss.iter("item"))
    summary = json.loads(site["api/v2/summary.json"])
    assert clean in [one["name"] for one in summary["incidents"]]


def test_only_addresses_of_the_web_become_links() -> None:
    text = 'See https://example.com/a?b=1&c=2, javascript:alert(1) and http://example.com/"onmouseover=x .'
    update = PublicUpdate(NOW - 60, PublicStatus.INVESTIGATING, text)
    incident = PublicIncident("5ea1c400aaaa", "Title", Impact.MAJOR, (update,), changed_at=NOW)
    story = render_site(replace(sample(), incidents=(incident,)))["incidents/5ea1c400aaaa.html"].decode()
    assert '<a href="https://example.com/a?b=1&amp;c=2" rel="nofollow noopener">' in story
    assert '<a href="javascript' not in story
    links = Links()
    links.feed(story)
    assert [link for link in links.found if link.startswith("http:")] == ["http://example.com/"]
    assert "onmouseover" not in links.attributes


# ---------------------------------------------------------------- Statuspage's JSON


@pytest.mark.parametrize("weather", [*WEATHERS, "hostile"])
@pytest.mark.parametrize("path", sorted(SCHEMAS["answers"]))
def test_every_answer_has_statuspages_shape(weather: Weather, path: str) -> None:
    standing = hostile() if weather == "hostile" else sample(weather)
    document = json.loads(render_site(standing)[f"api/v2/{path}.json"])
    schema = {"definitions": SCHEMAS["definitions"], **SCHEMAS["answers"][path]}
    jsonschema.Draft7Validator(schema, format_checker=jsonschema.FormatChecker()).validate(document)


def test_the_schema_refuses_what_is_not_of_the_shape() -> None:
    document = json.loads(render_site(sample("outage"))["api/v2/summary.json"])
    schema = {"definitions": SCHEMAS["definitions"], **SCHEMAS["answers"]["summary"]}
    for spoil in (
        lambda one: one["components"][0].update(status="down"),
        lambda one: one["components"][0].pop("position"),
        lambda one: one["incidents"][0]["incident_updates"][0].update(created_at=5),
        lambda one: one["status"].update(indicator="red"),
        lambda one: one["components"][0].update(secret="x"),
    ):
        broken = json.loads(json.dumps(document))
        spoil(broken)
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.Draft7Validator(schema).validate(broken)


def test_the_answers_say_what_the_page_says() -> None:
    site = render_site(sample("outage"))
    answers = {name: json.loads(content) for name, content in site.items() if name.startswith("api/")}
    assert answers["api/v2/status.json"]["status"] == {"indicator": "critical", "description": "Major System Outage"}
    [unresolved] = answers["api/v2/incidents/unresolved.json"]["incidents"]
    assert (unresolved["status"], unresolved["impact"], unresolved["resolved_at"]) == ("identified", "critical", None)
    assert [one["status"] for one in unresolved["incident_updates"]] == ["identified", "investigating"]
    first = unresolved["incident_updates"][1]["affected_components"]
    assert {one["code"]: (one["old_status"], one["new_status"]) for one in first} == {
        "ordering": ("operational", "major_outage"),
        "payments": ("operational", "partial_outage"),
    }
    components = {one["id"]: one for one in answers["api/v2/components.json"]["components"]}
    group = components[components["ordering"]["group_id"]]
    assert group["group"] and "ordering" in group["components"] and group["status"] == "major_outage"
    assert len(answers["api/v2/scheduled-maintenances/upcoming.json"]["scheduled_maintenances"]) == 1
    running = json.loads(render_site(sample("maintenance"))["api/v2/scheduled-maintenances/active.json"])
    assert [one["status"] for one in running["scheduled_maintenances"]] == ["in_progress"]


# ---------------------------------------------------------------- feeds


def test_the_atom_feed_has_what_rfc_4287_requires() -> None:
    feed = ElementTree.fromstring(render_site(sample("outage"))["history.atom"])
    assert feed.tag == f"{ATOM}feed"
    for one in (feed, *feed.findall(f"{ATOM}entry")):
        assert (
            len(one.findall(f"{ATOM}id")) == len(one.findall(f"{ATOM}title")) == len(one.findall(f"{ATOM}updated")) == 1
        )
        assert re.match(r"tag:status\.example\.com,2026:", one.findtext(f"{ATOM}id") or "")
        assert datetime.fromisoformat(one.findtext(f"{ATOM}updated") or "").tzinfo is not None
        assert [link.get("href", "")[:8] for link in one.findall(f"{ATOM}link") if link.get("rel") == "alternate"] == [
            "https://"
        ]
    # An author for the feed is one for all of its entries.
    assert feed.findtext(f"{ATOM}author/{ATOM}name")
    assert feed.find(f"{ATOM}link[@rel='self']").get("href") == "https://status.example.com/history.atom"
    identities = [entry.findtext(f"{ATOM}id") for entry in feed.findall(f"{ATOM}entry")]
    assert len(set(identities)) == len(identities) == 4
    changed = [entry.findtext(f"{ATOM}updated") or "" for entry in feed.findall(f"{ATOM}entry")]
    assert changed == sorted(changed, reverse=True)


def test_the_rss_feed_has_what_rss_2_requires() -> None:
    root = ElementTree.fromstring(render_site(sample("outage"))["history.rss"])
    assert (root.tag, root.get("version")) == ("rss", "2.0")
    [channel] = root
    assert all(channel.findtext(name) for name in ("title", "link", "description", "lastBuildDate"))
    items = channel.findall("item")
    assert len(items) == 4
    for item in items:
        assert all(item.findtext(name) for name in ("title", "link", "description", "guid"))
        assert parsedate_to_datetime(item.findtext("pubDate") or "").tzinfo is not None
        assert item.findtext("guid") == item.findtext("link")


def test_feeds_hold_no_character_that_xml_has_not() -> None:
    shown = replace(page(), title="Null\x00 and \x0b and \ud800 and \uffff")
    for name in ("history.atom", "history.rss"):
        ElementTree.fromstring(render_site(sample("fine", shown))[name])


# ---------------------------------------------------------------- what the page says


def test_a_story_shows_all_that_was_told_newest_first() -> None:
    story = render_site(sample("outage"))["incidents/5ea1c400a003.html"].decode()
    assert story.index("We know the cause") < story.index("Orders cannot be placed at the moment")
    assert "Ordering, Payments" in story


def test_nothing_internal_of_the_records_is_on_any_page() -> None:
    """Authors, links to internal incidents, services and SLOs of the sample."""
    for name, content in render_site(sample("outage")).items():
        text = content.decode()
        for internal in ("INC-2026", "svc-", "-availability", "many calls", '"ann"', ">ann<", "covet-sre"):
            assert internal not in text, (name, internal)


def test_bars_speak_for_days_of_trouble_and_stay_small_for_the_others() -> None:
    index = render_site(sample("outage"))["index.html"].decode()
    ordering = next(part for part in index.split("<svg") if "Ordering, the last 90 days" in part)
    assert "<title>26 Nov: Major outage" in ordering
    assert "47 min outage" in ordering
    assert re.search(
        r'aria-label="Ordering, the last 90 days: 99\.\d+% uptime, \d with trouble, 0 without data"', ordering
    )
    graphql = next(part for part in index.split("<svg") if "GraphQL, the last" in part)
    assert '<path class="none" d="M0 27h119">' in graphql
    assert len(ordering.split("</svg>")[0]) < 800


def test_a_page_without_subscriptions_offers_none() -> None:
    shown = page(mail_target="", takes_webhooks=False, subscribe_address="")
    assert b"Subscribe" not in render_site(sample("fine", shown))["index.html"]
    elsewhere = page(subscribe_address="https://sre.example.com/status")
    assert b'href="https://sre.example.com/status/subscribe"' in render_site(sample("fine", elsewhere))["index.html"]


def test_a_page_may_have_nothing_but_one_component() -> None:
    only: StatusPage = page()
    only = replace(only, components=only.components[:1], description="", support="")
    site = render_site(sample("fine", only))
    assert b"Storefront" in site["index.html"]
