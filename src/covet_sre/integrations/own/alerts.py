"""What somebody should be told of the control plane itself, by a Prometheus that does not depend on it."""

from covet_sre.integrations.prometheus.expression import Expression
from covet_sre.integrations.prometheus.rules.rule import Alerting, Group

_PAGE, _WARNING = "critical", "warning"


def own_rules() -> Group:
    """Alerts by name, with what to do. They send to an Alertmanager that pages by itself, and not through us."""
    return Group(
        "covet-sre-self",
        1,
        (
            _alert(
                "CovetSREDown",
                "absent(covet_sre_build_info)",
                3,
                _PAGE,
                "No Covet SRE answers its Prometheus: alerts are not taken, and nobody is paged.",
                "Look at the process and its log; covet-sre doctor says what is wrong. Senders repeat what they sent.",
            ),
            _alert(
                "CovetSRENobodyDecides",
                "sum(covet_sre_decides) < 1",
                2,
                _PAGE,
                "No server decides about alerts: what arrives is kept, and nobody is paged.",
                "See the page Now, and the log: the database cannot be written, or the lease is held by a dead server.",
            ),
            _alert(
                "CovetSRENotificationsLate",
                "max(covet_sre_oldest_due_seconds) > 60",
                1,
                _PAGE,
                "A notification has been due for {{ $value | humanizeDuration }} and has not left.",
                "See its incident: which target does not take it? covet-sre notify test TARGET tries one.",
            ),
            _alert(
                "CovetSREInboxWaits",
                "max(covet_sre_inbox_waiting) > 100",
                2,
                _PAGE,
                "{{ $value }} arrivals wait to be decided about.",
                "See the page Now for what hinders it; a database that is slow shows in covet_sre_commit_seconds.",
            ),
            _alert(
                "CovetSREMeasuringStopped",
                "time() - max(covet_sre_measured_until_seconds) > 300",
                5,
                _WARNING,
                "Events have not been counted for {{ $value | humanizeDuration }}: budgets stand still.",
                "See the page Now: a source is silent, or the database cannot be written.",
            ),
            _alert(
                "CovetSRECommitsSlow",
                "histogram_quantile(0.99, sum by (le) (rate(covet_sre_commit_seconds_bucket[5m]))) > 0.5",
                10,
                _WARNING,
                "One commit in a hundred takes {{ $value | humanizeDuration }} or longer.",
                "Look at the disk, or at PostgreSQL: alerts are answered after the commit.",
            ),
            _alert(
                "CovetSREBackupOld",
                "min(covet_sre_backup_age_seconds) > 4 * min(covet_sre_backup_every_seconds)",
                1,
                _WARNING,
                "The last verified backup is {{ $value | humanizeDuration }} old.",
                "See the page Now and the log: is there room, and may the folder be written?",
            ),
            _alert(
                "CovetSREUpkeepFails",
                "max by (what) (covet_sre_upkeep_failing) == 1",
                15,
                _WARNING,
                "The {{ $labels.what }} does not succeed.",
                "See the page Now. If it says that something is damaged: stop, and restore a backup that is whole.",
            ),
            _alert(
                "CovetSRENotVerified",
                "min(covet_sre_verification_age_seconds) > 2 * 86400",
                1,
                _WARNING,
                "What is kept was last found whole {{ $value | humanizeDuration }} ago.",
                "Type: covet-sre db verify",
            ),
            _alert(
                "CovetSREReconciling",
                "max(covet_sre_reconciling) == 1",
                10,
                _WARNING,
                "The database was restored, and open incidents page only once until somebody has looked.",
                "Look through the open incidents, then type: covet-sre db reconciled",
            ),
        ),
    )


def _alert(name: str, expression: str, minutes: int, severity: str, summary: str, remedy: str) -> Alerting:
    labels = (("severity", severity), ("service", "covet-sre"))
    return Alerting(name, Expression(expression), labels, (("summary", summary), ("description", remedy)), minutes)
