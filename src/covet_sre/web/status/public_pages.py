"""What the public pages show, as frozen views: out of one `Standing`, and nothing else."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from zoneinfo import ZoneInfo

from covet_sre.status.maintenance import Maintenance, MaintenanceStatus
from covet_sre.status.public_incident import PublicIncident
from covet_sre.status.standing import ComponentStanding, Standing
from covet_sre.status.states import ComponentState
from covet_sre.web.status.bars import Bars, TroubleDay, bars_of, trouble_of
from covet_sre.web.status.words import (
    HEADLINES,
    IMPACT_TONES,
    IMPACT_WORDS,
    MAINTENANCE_WORDS,
    STATE_WORDS,
    STATUS_WORDS,
    TONES,
    Moment,
    cut,
    day_text,
    moment,
    uptime_text,
)

PAST_DAYS = 7
MOST_OPEN, MOST_UPDATES, MOST_PAST, MOST_PLANNED = 4, 2, 8, 4
EXCERPT, SHORT_EXCERPT = 600, 240
"""What the first page shows at most, so that it stays small however bad the day is; the rest is a link away."""

HISTORY_MONTHS = 12


@dataclass(frozen=True, slots=True)
class PublicShell:
    """The frame of every public page. `root` leads from the page to the folder that all of them are in.

    `subscribe` is where one subscribes, as seen from the page; empty where nobody can.
    """

    title: str
    site: str
    description: str
    root: str
    style: str
    support: str
    subscribe: str
    rendered: Moment
    tone: str


@dataclass(frozen=True, slots=True)
class UpdateView:
    status: str
    tone: str
    at: Moment
    text: str


@dataclass(frozen=True, slots=True)
class StoryView:
    """An incident or maintenance. `more` counts updates that are not shown here."""

    title: str
    tone: str
    impact: str
    status: str
    path: str
    affected: str
    when: str
    updates: tuple[UpdateView, ...]
    more: int = 0


@dataclass(frozen=True, slots=True)
class ComponentView:
    identity: str
    name: str
    description: str
    state: str
    tone: str
    uptime: str
    bars: Bars


@dataclass(frozen=True, slots=True)
class GroupView:
    """`name` is empty for components that stand alone."""

    name: str
    components: tuple[ComponentView, ...]


@dataclass(frozen=True, slots=True)
class DayView:
    """`machine` is the date as ISO 8601 has it."""

    title: str
    machine: str
    stories: tuple[StoryView, ...]


@dataclass(frozen=True, slots=True)
class IndexPage:
    shell: PublicShell
    headline: str
    open: tuple[StoryView, ...]
    more_open: int
    planned: tuple[StoryView, ...]
    groups: tuple[GroupView, ...]
    past: tuple[DayView, ...]
    days: int


@dataclass(frozen=True, slots=True)
class MonthView:
    title: str
    stories: tuple[StoryView, ...]


@dataclass(frozen=True, slots=True)
class HistoryPage:
    shell: PublicShell
    months: tuple[MonthView, ...]


@dataclass(frozen=True, slots=True)
class StoryPage:
    shell: PublicShell
    story: StoryView
    is_maintenance: bool


@dataclass(frozen=True, slots=True)
class ComponentPage:
    shell: PublicShell
    component: ComponentView
    days: tuple[TroubleDay, ...]
    by_events: bool
    stories: tuple[StoryView, ...]


class Views:
    """Makes the views of one standing. `style` is the name of the stylesheet's file."""

    def __init__(self, standing: Standing, style: str) -> None:
        self._standing, self._style = standing, style
        self.zone: tzinfo = ZoneInfo(standing.page.time_zone)

    def shell(self, title: str, root: str = "") -> PublicShell:
        page, at = self._standing.page, self._standing.at
        own = page.subscribe_address == page.address
        subscribe = f"{root}subscribe" if own else f"{page.subscribe_address}/subscribe"
        return PublicShell(
            title,
            page.title,
            page.description,
            root,
            self._style,
            page.support,
            subscribe if page.subscribe_address else "",
            moment(at, self.zone, year=True),
            TONES[self._standing.worst],
        )

    def index(self) -> IndexPage:
        standing = self._standing
        unresolved, worst = standing.unresolved, standing.worst
        headline = HEADLINES[worst]
        if unresolved and worst is ComponentState.OPERATIONAL:
            headline = "We are looking into a problem"
        return IndexPage(
            shell=self.shell(f"{standing.page.title}: {headline}"),
            headline=headline,
            open=tuple(self.incident(one, MOST_UPDATES, EXCERPT) for one in unresolved[:MOST_OPEN]),
            more_open=max(len(unresolved) - MOST_OPEN, 0),
            planned=tuple(self.maintenance(one, 1, EXCERPT) for one in self._planned()[:MOST_PLANNED]),
            groups=tuple(self._groups()),
            past=tuple(self._past_days()),
            days=len(standing.components[0].uptime.days) if standing.components else 0,
        )

    def history(self) -> HistoryPage:
        """By month, the latest first; months without anything are told of too."""
        months: dict[str, list[tuple[float, StoryView]]] = {}
        month = datetime.fromtimestamp(self._standing.at, self.zone).date().replace(day=1)
        for _ in range(HISTORY_MONTHS):
            months[f"{month:%B %Y}"] = []
            month = (month - timedelta(days=1)).replace(day=1)
        for at, story in self._stories(1, SHORT_EXCERPT):
            months.get(f"{datetime.fromtimestamp(at, self.zone):%B %Y}", []).append((at, story))
        newest = {title: sorted(found, key=lambda one: one[0], reverse=True) for title, found in months.items()}
        shown = tuple(MonthView(title, tuple(story for _, story in found)) for title, found in newest.items())
        return HistoryPage(self.shell(f"History: {self._standing.page.title}"), shown)

    def incident_page(self, incident: PublicIncident) -> StoryPage:
        title = f"{incident.title}: {self._standing.page.title}"
        return StoryPage(self.shell(title, "../"), self.incident(incident), is_maintenance=False)

    def maintenance_page(self, maintenance: Maintenance) -> StoryPage:
        title = f"{maintenance.title}: {self._standing.page.title}"
        return StoryPage(self.shell(title, "../"), self.maintenance(maintenance), is_maintenance=True)

    def component_page(self, one: ComponentStanding) -> ComponentPage:
        identity = one.component.identity
        told = [
            self.incident(each, 1, SHORT_EXCERPT) for each in self._standing.incidents if identity in each.components
        ]
        return ComponentPage(
            self.shell(f"{one.component.name}: {self._standing.page.title}", "../"),
            self._component(one),
            tuple(trouble_of(day) for day in reversed(one.uptime.days)),
            one.uptime.by_events,
            tuple(told[:MOST_PAST]),
        )

    def incident(self, incident: PublicIncident, updates: int = 1000, excerpt: int = 0) -> StoryView:
        """With the latest so many updates, newest first, cut to an excerpt where one is asked for."""
        status = incident.status
        tone = "ok" if status.is_over else IMPACT_TONES[incident.impact]
        shown = incident.updates[::-1][:updates]
        return StoryView(
            incident.title,
            tone,
            IMPACT_WORDS[incident.impact],
            STATUS_WORDS[status],
            f"incidents/{incident.identity}.html",
            ", ".join(self._standing.page.names(incident.components)),
            "",
            tuple(
                UpdateView(STATUS_WORDS[one.status], "", moment(one.at, self.zone), _excerpt(one.text, excerpt))
                for one in shown
            ),
            len(incident.updates) - len(shown),
        )

    def maintenance(self, maintenance: Maintenance, updates: int = 1000, excerpt: int = 0) -> StoryView:
        starts, ends = (moment(at, self.zone) for at in (maintenance.starts_at, maintenance.ends_at))
        shown = maintenance.updates[::-1][:updates]
        return StoryView(
            maintenance.title,
            "ok" if maintenance.status is MaintenanceStatus.COMPLETED else "work",
            "Maintenance",
            MAINTENANCE_WORDS[maintenance.status],
            f"maintenance/{maintenance.identity}.html",
            ", ".join(self._standing.page.names(maintenance.components)),
            f"{starts.text} to {ends.text}",
            tuple(
                UpdateView(MAINTENANCE_WORDS[one.status], "", moment(one.at, self.zone), _excerpt(one.text, excerpt))
                for one in shown
            ),
            len(maintenance.updates) - len(shown),
        )

    def _planned(self) -> list[Maintenance]:
        """What runs and what is to come, the next first."""
        left = [one for one in self._standing.maintenances if one.status is not MaintenanceStatus.COMPLETED]
        return sorted(left, key=lambda one: (not one.status.is_running, one.starts_at))

    def _groups(self) -> Iterator[GroupView]:
        """A group stands where its first component does; what is in none stands together with its neighbours."""
        groups: dict[str, list[ComponentView]] = {}
        alone = ""
        for one in self._standing.components:
            named = one.component.group
            if not named and not alone:
                alone = f"\n{len(groups)}"
            groups.setdefault(named or alone, []).append(self._component(one))
            alone = "" if named else alone
        for name, components in groups.items():
            yield GroupView("" if name.startswith("\n") else name, tuple(components))

    def _component(self, one: ComponentStanding) -> ComponentView:
        component, days, uptime = one.component, one.uptime.days, uptime_text(one.uptime.share)
        return ComponentView(
            component.identity,
            component.name,
            component.description,
            STATE_WORDS[one.state],
            TONES[one.state],
            uptime,
            bars_of(days, component.name, uptime),
        )

    def _past_days(self) -> Iterator[DayView]:
        today = datetime.fromtimestamp(self._standing.at, self.zone).date()
        stories: Sequence[tuple[float, StoryView]] = list(self._over(1, SHORT_EXCERPT))
        left = MOST_PAST
        for back in range(PAST_DAYS):
            day = today - timedelta(days=back)
            those = [story for at, story in stories if datetime.fromtimestamp(at, self.zone).date() == day][:left]
            left -= len(those)
            yield DayView(day_text(day, year=True), day.isoformat(), tuple(those))

    def _over(self, updates: int, excerpt: int) -> Iterator[tuple[float, StoryView]]:
        for one in self._standing.incidents:
            if one.status.is_over:
                yield one.began_at, self.incident(one, updates, excerpt)
        for each in self._standing.maintenances:
            if each.status is MaintenanceStatus.COMPLETED:
                yield each.starts_at, self.maintenance(each, updates, excerpt)

    def _stories(self, updates: int, excerpt: int) -> Iterator[tuple[float, StoryView]]:
        yield from ((one.began_at, self.incident(one, updates, excerpt)) for one in self._standing.incidents)
        yield from ((one.starts_at, self.maintenance(one, updates, excerpt)) for one in self._standing.maintenances)


def _excerpt(text: str, most: int) -> str:
    return cut(text, most) if most else text
