"""The dashboard of the control plane itself: is it taking alerts, is it telling people, is it keeping what it must?"""

from covet_sre.integrations.grafana.dashboard import Dashboard, datasource_variable
from covet_sre.integrations.grafana.panels import (
    BAD,
    GOOD,
    WARN,
    Panel,
    Query,
    Row,
    lines,
    lowest,
    named,
    stat,
    steps,
    values,
)

MARK = "covet-sre generate self"
UID = "covet-sre-self"


def own_dashboard() -> Dashboard:
    return Dashboard(
        uid=UID,
        title="Covet SRE itself",
        about="The control plane, by its own metrics.",
        variables=(datasource_variable(),),
        rows=(
            Row(4, [(4, tile) for tile in _tiles()]),
            Row(9, [(12, _ingest()), (12, _outcomes())]),
            Row(9, [(12, _dispatch()), (12, _waiting())]),
            Row(9, [(12, _commits()), (12, _requests())]),
            Row(9, [(12, _upkeep()), (12, _process())]),
        ),
        mark=MARK,
        begins="now-6h",
    )


def _tiles() -> tuple[Panel, ...]:
    late, old = steps(lowest(GOOD), (10, WARN), (60, BAD)), steps(lowest(GOOD), (3600, WARN), (86400, BAD))
    decides = values("short", steps(lowest(BAD), (1, GOOD))) | {
        "mappings": [named(0, "nobody", BAD), named(1, "yes", GOOD)]
    }
    return (
        stat(
            "Decides",
            "Whether one server decides about alerts. Nobody: what arrives is kept, and nobody is paged.",
            [Query("sum(covet_sre_decides)", instant=True)],
            decides,
        ),
        stat(
            "Oldest due",
            "For how long the oldest notification has been due that has not left. Above a minute: see its incident.",
            [Query("max(covet_sre_oldest_due_seconds)", instant=True)],
            values("s", late),
        ),
        stat(
            "Waiting",
            "Arrivals that nothing was made of yet. More than a few for a minute: see the log.",
            [Query("max(covet_sre_inbox_waiting)", instant=True)],
            values("short", steps(lowest(GOOD), (20, WARN), (100, BAD))),
        ),
        stat(
            "Open incidents",
            "Of all severities.",
            [Query("sum(max by (severity) (covet_sre_incidents_open))", instant=True)],
            values("short"),
        ),
        stat(
            "Backup age",
            "Since the last backup that was verified. No data: no backup folder is set, or none was made yet.",
            [Query("min(covet_sre_backup_age_seconds)", instant=True)],
            values("s", old),
        ),
        stat(
            "Measured until",
            "How far behind the counting of events is. Above five minutes: a source is silent, or the database is.",
            [Query("time() - max(covet_sre_measured_until_seconds)", instant=True)],
            values("s", steps(lowest(GOOD), (180, WARN), (300, BAD))),
        ),
    )


def _ingest() -> Panel:
    return lines(
        "Alerts in",
        "Requests that bring alerts, by door. Those that failed were not kept, and their sender repeats them.",
        [Query("sum by (door) (rate(covet_sre_ingest_requests_total[5m]))", "{{door}}")],
        values("reqps"),
    )


def _outcomes() -> Panel:
    return lines(
        "What became of them",
        "Accepted: kept. Refused: the sender must mend something. Failed: not kept; this spends the budget.",
        [Query("sum by (outcome) (rate(covet_sre_ingest_requests_total[5m]))", "{{outcome}}")],
        values("reqps"),
    )


def _dispatch() -> Panel:
    return lines(
        "From due to the first attempt",
        "Half, and 99 in 100, of the notifications were tried in this time. Promised: 99 % in 10 s, 99.9 % in 30 s.",
        [
            Query(_quantile(0.5, "covet_sre_dispatch_seconds"), "half"),
            Query(_quantile(0.99, "covet_sre_dispatch_seconds"), "99 %"),
        ],
        values("s"),
    )


def _waiting() -> Panel:
    return lines(
        "From arrival to decision",
        "How long alerts wait for a decision. It grows with the database's commits, and in a storm.",
        [
            Query(_quantile(0.5, "covet_sre_disposition_seconds"), "half"),
            Query(_quantile(0.99, "covet_sre_disposition_seconds"), "99 %"),
        ],
        values("s"),
    )


def _commits() -> Panel:
    return lines(
        "Commits",
        "How long transactions take. Above half a second: look at the disk, or at PostgreSQL.",
        [
            Query(_quantile(0.5, "covet_sre_commit_seconds"), "half"),
            Query(_quantile(0.99, "covet_sre_commit_seconds"), "99 %"),
        ],
        values("s"),
    )


def _requests() -> Panel:
    return lines(
        "Requests that failed",
        "Answers with 5xx by route. The request id in the answer finds the lines in the log.",
        [
            Query(
                'sum by (route, status) (rate(covet_sre_http_requests_total{status=~"5.."}[5m]))',
                "{{route}} {{status}}",
            )
        ],
        values("reqps"),
    )


def _upkeep() -> Panel:
    return lines(
        "Backup and verification",
        "Time since each was done well. A line that only climbs: see the page Now.",
        [
            Query("min(covet_sre_backup_age_seconds)", "backup"),
            Query("min(covet_sre_verification_age_seconds)", "verification"),
        ],
        values("s"),
    )


def _process() -> Panel:
    return lines(
        "Memory",
        "Of each server's process.",
        [Query('process_resident_memory_bytes{job="covet-sre"}', "{{instance}}")],
        values("bytes"),
    )


def _quantile(share: float, histogram: str) -> str:
    return f"histogram_quantile({share:g}, sum by (le) (rate({histogram}_bucket[5m])))"
