"""Domain values as the API's answers."""

from collections.abc import Iterable
from datetime import UTC, datetime

from covet_sre.api import models
from covet_sre.budget.adjustment import Adjustment
from covet_sre.budget.policy import BudgetPolicy
from covet_sre.budget.status import AlertStatus, ObjectiveStatus
from covet_sre.catalog.service import Service
from covet_sre.errors import Location
from covet_sre.flows.reading import History, MeasuredStream, SourceHealth
from covet_sre.flows.verdicts import URGENCY, alert_word, burn_word, unadjusted_remaining
from covet_sre.ports import AlertTransition


def time(minute: int) -> datetime:
    return datetime.fromtimestamp(minute * 60, UTC)


def place(location: Location) -> models.Place:
    return models.Place(file=location.file, line=location.line)


def service_item(service: Service, owned: list[ObjectiveStatus]) -> models.ServiceItem:
    return models.ServiceItem(
        name=service.name,
        title=service.display_name or service.name,
        description=service.description,
        state=min((status.state for status in owned), key=URGENCY.__getitem__, default=None),
        objectives=len(owned),
        firing=sum(len(status.firing) for status in owned),
        declared=place(service.location),
    )


def slo_item(status: ObjectiveStatus) -> models.SloItem:
    item = status.objective
    return models.SloItem(
        name=item.name,
        slo=item.slo,
        service=item.service,
        title=item.title,
        objective=float(item.target),
        window=str(item.window),
        sli=status.sli,
        state=status.state,
        cause=status.cause,
        remedy=status.remedy,
        budget=_budget(status),
        burn=models.BurnItem(rate=status.worst_burn, word=burn_word(status)),
        forecast=None if status.forecast is None else models.ForecastItem.model_validate(status.forecast),
        firing=[alert.alert.name for alert in status.firing],
        labels=dict(item.labels),
        counted_until=time(status.at),
        declared=place(item.location),
    )


def slo_detail(status: ObjectiveStatus, policy: BudgetPolicy) -> models.SloDetail:
    item = status.objective
    scale = item.budgeted.scale
    present = None if status.budget is None else status.budget.tier.name
    windows = [
        models.WindowItem(
            label=window.label,
            minutes=window.minutes,
            known_minutes=window.known_minutes,
            bad=window.counts.bad,
            total=window.counts.total,
            units_per_event=scale,
            error_ratio=window.error_ratio,
            burn=window.burn,
        )
        for window in status.windows
    ]
    tiers = [
        models.TierItem(
            name=tier.name,
            above=tier.above,
            actions=list(tier.actions),
            state=tier.state,
            present=tier.name == present,
        )
        for tier in policy.tiers
    ]
    return models.SloDetail(
        **dict(slo_item(status)),
        description=item.description,
        runbook=item.runbook,
        windows=windows,
        alerts=[alert_item(status, alert) for alert in status.alerts],
        policy=models.PolicyItem(name=policy.name, tiers=tiers),
    )


def alert_item(status: ObjectiveStatus, told: AlertStatus) -> models.AlertItem:
    alert = told.alert
    return models.AlertItem(
        slo=status.objective.name,
        name=alert.name,
        severity=alert.severity,
        state=told.state,
        since=None if told.since is None else time(told.since),
        word=alert_word(status, told),
        threshold=alert.threshold,
        long_minutes=alert.long_minutes,
        short_minutes=alert.short_minutes,
        long_burn=told.long_burn,
        short_burn=told.short_burn,
        held_back=told.held_back,
    )


def history_answer(history: History) -> models.HistoryAnswer:
    return models.HistoryAnswer(
        name=history.name,
        start=time(history.start_minute),
        end=time(history.end_minute),
        bucket_minutes=history.bucket_minutes,
        items=[
            models.HistoryItem(
                start=time(minute), bad=bad, total=total, known=known, good_share=history.good_share(bucket)
            )
            for bucket, (minute, bad, total, known) in enumerate(
                zip(history.minutes, history.bad, history.total, history.known, strict=True)
            )
        ],
    )


def minutes_answer(name: str, start: int, end: int, streams: Iterable[MeasuredStream]) -> models.MinutesAnswer:
    return models.MinutesAnswer(
        name=name,
        start=time(start),
        end=time(end),
        streams=[
            models.StreamItem(
                key=stream.key,
                units_per_event=stream.scale,
                minutes=[minute - start for minute in stream.minutes],
                bad=list(stream.bad),
                total=list(stream.total),
                gaps=[
                    models.GapItem(start=first - start, end=last - start, bad=bad, total=total)
                    for first, last, bad, total in stream.gaps
                ],
            )
            for stream in streams
        ],
    )


def adjustment_item(made: Adjustment) -> models.AdjustmentItem:
    return models.AdjustmentItem(
        id=made.identity,
        slo=made.slo,
        kind=made.kind,
        start=time(made.start_minute),
        end=time(made.end_minute),
        bad=made.bad,
        total=made.total,
        author=made.author,
        reason=made.reason,
        made=time(made.made_minute),
        applies=made.applies,
        revoked=None if made.revoked_minute is None else time(made.revoked_minute),
        revoked_by=made.revoked_by,
        revoked_reason=made.revoked_reason,
    )


def source_item(source: SourceHealth) -> models.SourceItem:
    silent = source.silent_minutes > 0 or source.last_success_minute is None
    return models.SourceItem(
        name=source.name,
        kind=source.kind,
        addresses=list(source.addresses),
        state="silent" if silent else "answering",
        last_success=None if source.last_success_minute is None else time(source.last_success_minute),
        silent_minutes=source.silent_minutes,
        last_error=source.last_error,
        remedy=source.remedy,
        warnings=list(source.warnings),
    )


def transition_items(transitions: Iterable[AlertTransition]) -> list[models.TransitionItem]:
    return [
        models.TransitionItem(
            slo=each.objective,
            alert=each.alert,
            severity=each.severity,
            state=each.state,
            at=time(each.at_minute),
            episode=each.episode,
            detail=dict(each.detail),
        )
        for each in transitions
    ]


def _budget(status: ObjectiveStatus) -> models.BudgetItem:
    window, budget = str(status.objective.budget_window), status.budget
    if budget is None:
        return models.BudgetItem(
            remaining=None,
            remaining_without_adjustments=None,
            remaining_events=None,
            remaining_minutes=None,
            total_minutes=None,
            window=window,
            tier=None,
        )
    return models.BudgetItem(
        remaining=budget.remaining,
        remaining_without_adjustments=unadjusted_remaining(status.objective, budget),
        remaining_events=budget.remaining_events,
        remaining_minutes=budget.remaining_minutes,
        total_minutes=budget.total_minutes,
        window=window,
        tier=budget.tier.name,
    )
