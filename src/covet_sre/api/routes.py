"""The API's addresses. GET never changes anything; errors are problem+json."""

from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Header, Path, Query, Response

from covet_sre.api import answers, models
from covet_sre.api.alertmanager.silences import NewIdentity
from covet_sre.api.cursors import page_after
from covet_sre.api.idempotency import OncePerKey
from covet_sre.api.incident_routes import incident_router
from covet_sre.api.oncall_routes import on_call_router
from covet_sre.api.problems import ProblemRoute, problems
from covet_sre.budget.adjustment import Adjustment
from covet_sre.budget.status import AlertState, State
from covet_sre.errors import NotFound, Refused
from covet_sre.flows.incidents import Incidents
from covet_sre.flows.oncall import OnCall
from covet_sre.flows.reading import AdjustmentRequest, Reliability
from covet_sre.flows.verdicts import by_service

_MOST_HISTORY_MINUTES = 400 * 1440
_DEFAULT_HISTORY_MINUTES = 1440
_MOST_MINUTES = 7 * 1440
# The minutes that a calendar can write, years 1970 to 9999.
_LAST_MINUTE = 253_402_300_799 // 60

Name = Annotated[str, Path(description="The objective's name, as the list gives it.")]
Limit = Annotated[int, Query(ge=1, le=1000)]
Cursor = Annotated[str, Query(max_length=400, description="`next` of the page before.")]


def router(
    reliability: Reliability,
    incidents: Incidents | None = None,
    new_identity: NewIdentity = lambda: "",
    on_call: OnCall | None = None,
) -> APIRouter:
    """Everything under /api/v1; without `incidents`, nothing of those. `new_identity` names new silences and swaps."""
    api = APIRouter()
    api.include_router(_of_reliability(reliability))
    if incidents is not None:
        api.include_router(incident_router(incidents, new_identity))
        if on_call is not None:
            api.include_router(on_call_router(incidents, on_call, new_identity))
    return api


def _of_reliability(reliability: Reliability) -> APIRouter:
    api = APIRouter(prefix="/api/v1", route_class=ProblemRoute, tags=["reliability"])
    _lists(api, reliability)
    _one_slo(api, reliability)
    _adjustments(api, reliability)
    _installation(api, reliability)
    return api


def _lists(api: APIRouter, reliability: Reliability) -> None:
    @api.get("/services", responses=problems(422))
    def services(limit: Limit = 1000, cursor: Cursor = "") -> models.Page[models.ServiceItem]:
        """Services by name, each with its most urgent state."""
        owned = by_service(reliability.statuses())
        rows = sorted(((each.name, each) for each in reliability.declaration().services), key=lambda row: row[0])
        shown, following = page_after(rows, cursor, limit)
        return models.Page(
            items=[answers.service_item(each, owned.get(each.name, [])) for each in shown], next=following
        )

    @api.get("/slos", responses=problems(422))
    def slos(
        limit: Limit = 1000,
        cursor: Cursor = "",
        service: Annotated[str, Query(max_length=300)] = "",
        state: State | None = None,
    ) -> models.Page[models.SloItem]:
        """Objectives by name, one item for each."""
        rows = sorted(
            (
                (status.objective.name, status)
                for status in reliability.statuses()
                if (not service or status.objective.service == service) and state in (None, status.state)
            ),
            key=lambda row: row[0],
        )
        shown, following = page_after(rows, cursor, limit)
        return models.Page(items=[answers.slo_item(status) for status in shown], next=following)


def _one_slo(api: APIRouter, reliability: Reliability) -> None:
    @api.get("/slos/{name}", responses=problems(404, 422))
    def slo(name: Name) -> models.SloDetail:
        """One objective with its windows, alerts and policy."""
        status = reliability.status(name)
        return answers.slo_detail(status, reliability.declaration().policy_for(status.objective))

    @api.get("/slos/{name}/history", responses=problems(404, 422))
    def history(
        name: Name,
        start: datetime | None = None,
        end: datetime | None = None,
        points: Annotated[int, Query(ge=1, le=2000)] = 120,
    ) -> models.HistoryAnswer:
        """Events in equal buckets; by default of the last day."""
        reliability.status(name)
        end_minute = reliability.now_minute() if end is None else _minute(end)
        start_minute = end_minute - _DEFAULT_HISTORY_MINUTES if start is None else _minute(start)
        if not 0 < end_minute - start_minute <= _MOST_HISTORY_MINUTES:
            raise Refused("start must lie before end, by 400 days at most", remedy="ask for a shorter time")
        return answers.history_answer(reliability.history(name, start_minute, end_minute, points))

    @api.get("/slos/{name}/minutes", responses=problems(404, 422))
    def minutes(name: Name, start: datetime, end: datetime) -> models.MinutesAnswer:
        """The ledger's own minutes, of a week at most: what `covet-sre slo backtest --ledger` replays."""
        reliability.status(name)
        first, last = _minute(start), _minute(end)
        if not 0 < last - first <= _MOST_MINUTES:
            raise Refused("start must lie before end, by 7 days at most", remedy="ask for one week after the other")
        return answers.minutes_answer(name, first, last, reliability.minutes(name, first, last))


def _adjustments(api: APIRouter, reliability: Reliability) -> None:
    once: OncePerKey[Adjustment] = OncePerKey()

    @api.get("/slos/{name}/adjustments", responses=problems(404, 422))
    def adjustments(name: Name) -> models.Page[models.AdjustmentItem]:
        """Exclusions and corrections of the SLO's counts, newest first, revoked ones included."""
        slo = reliability.status(name).objective.slo
        return models.Page(items=[answers.adjustment_item(made) for made in reliability.adjustments(slo)], next=None)

    @api.post("/slos/{name}/adjustments", status_code=201, responses=problems(404, 409, 422, 503))
    def adjust(
        name: Name,
        body: models.AdjustmentBody,
        response: Response,
        idempotency_key: Annotated[str | None, Header(max_length=200)] = None,
    ) -> models.AdjustmentItem:
        """Adjust counts. What was measured stays as it is, and the unadjusted number stays visible."""
        slo = reliability.status(name).objective.slo
        asked = AdjustmentRequest(
            slo,
            body.kind,
            _minute(body.start),
            _minute(body.end),
            body.author,
            body.reason,
            body.bad,
            body.total,
        )
        made, repeated = once.do(idempotency_key, asked, lambda: reliability.adjust(asked))
        if repeated:
            response.headers["idempotency-replayed"] = "true"
        return answers.adjustment_item(made)

    @api.delete("/slos/{name}/adjustments/{identity}", responses=problems(404, 422, 503))
    def revoke(
        name: Name,
        identity: Annotated[int, Path(ge=1, le=2**53)],
        author: Annotated[str, Query(min_length=1, max_length=100)],
        reason: Annotated[str, Query(min_length=1, max_length=500)],
    ) -> models.AdjustmentItem:
        """Revoke an adjustment. It stays on record, and applies no more."""
        slo = reliability.status(name).objective.slo
        if all(made.identity != identity for made in reliability.adjustments(slo)):
            raise NotFound(f"{slo} has no adjustment {identity}", remedy="see the list of its adjustments")
        return answers.adjustment_item(reliability.revoke(identity, author, reason))


def _installation(api: APIRouter, reliability: Reliability) -> None:
    @api.get("/alerts", responses=problems(422))
    def alerts(recent: Annotated[int, Query(ge=0, le=500)] = 50) -> models.AlertsAnswer:
        """What is pending or fires now, and the latest changes."""
        items = [
            answers.alert_item(status, told)
            for status in reliability.statuses()
            for told in status.alerts
            if told.state is not AlertState.INACTIVE
        ]
        changes = answers.transition_items(reliability.alert_history(None, recent))
        return models.AlertsAnswer(items=items, next=None, recent=changes)

    @api.get("/sources")
    def sources() -> models.Page[models.SourceItem]:
        """The metric sources, and whether they answer."""
        return models.Page(items=[answers.source_item(source) for source in reliability.sources()], next=None)


def _minute(when: datetime) -> int:
    minute = int(when.replace(tzinfo=when.tzinfo or UTC).timestamp() // 60)
    if not 0 <= minute <= _LAST_MINUTE:
        raise Refused(f"{when:%Y-%m-%d} is no time that anything was measured at", remedy="give a time since 1970")
    return minute
