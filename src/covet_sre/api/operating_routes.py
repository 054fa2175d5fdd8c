"""The API of those who run the server: how the installation does, a backup now, a look for damage."""

import shutil
from pathlib import Path

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict
from starlette.background import BackgroundTask
from starlette.responses import FileResponse, Response

from covet_sre.api.incident_bodies import ActorBody
from covet_sre.api.incident_changes import Asked, Deciding
from covet_sre.api.problems import ProblemRoute, problems
from covet_sre.flows.incidents import Incidents
from covet_sre.flows.operating import Operating, Upkept
from covet_sre.incident.facts import EndReconciling


class UpkeptItem(BaseModel):
    """Times are seconds since the epoch. `every_seconds` 0: nobody asked for it."""

    model_config = ConfigDict(frozen=True)

    every_seconds: float
    done_at: float | None
    took_seconds: float
    error: str


class RestorationItem(BaseModel):
    model_config = ConfigDict(frozen=True)

    restored_at: float
    backup_at: float
    until: float | None
    incidents: int
    asked: int


class InstallationAnswer(BaseModel):
    """How the installation itself does; `restoration` is null unless incidents are held back after a restore."""

    model_config = ConfigDict(frozen=True)

    now: float
    version: str
    schema_version: str
    database: str
    backup: UpkeptItem
    backups: int
    verification: UpkeptItem
    restoration: RestorationItem | None


class DamageItem(BaseModel):
    model_config = ConfigDict(frozen=True)

    where: str
    problem: str


class VerificationAnswer(BaseModel):
    model_config = ConfigDict(frozen=True)

    ok: bool
    damages: list[DamageItem]


class BackupNow(FileResponse):
    """A backup on its way; its file goes when it has been sent."""

    def __init__(self, file: Path) -> None:
        gone = BackgroundTask(shutil.rmtree, file.parent, ignore_errors=True)
        super().__init__(file, media_type="application/gzip", filename=file.name, background=gone)


def operating_routes(operating: Operating, incidents: Incidents) -> APIRouter:
    """Everything under /api/v1/operating."""
    api = APIRouter(prefix="/api/v1/operating", route_class=ProblemRoute, tags=["operating"])
    deciding = Deciding(incidents)

    @api.get("", responses=problems(503))
    def installation() -> InstallationAnswer:
        """Backups, verification, and whether incidents are held back after a restore."""
        return _answer(operating)

    archive = {200: {"description": "The backup.", "content": {"application/gzip": {}}}}

    @api.post("/backup", status_code=200, responses={**problems(503), **archive}, response_class=BackupNow)
    def backup() -> Response:
        """A consistent backup of everything as it is now, as a file. Everybody goes on meanwhile."""
        return BackupNow(operating.backup())

    @api.post("/verify", responses=problems(503))
    def verify() -> VerificationAnswer:
        """Look through everything that is kept: pages, chains, and that what is shown is what timelines tell."""
        found = [DamageItem(where=one.where, problem=one.problem) for one in operating.verify()]
        return VerificationAnswer(ok=not found, damages=found)

    @api.post("/reconciled", responses=problems(422, 503))
    def reconciled(body: ActorBody, asked: Asked) -> InstallationAnswer:
        """After a restore: what it says has been looked into, and escalation goes on as usual."""
        deciding.decide(EndReconciling(asked.actor(body.actor)), asked)
        return _answer(operating)

    return api


def _answer(operating: Operating) -> InstallationAnswer:
    found = operating.installation()
    restored = found.restoration
    return InstallationAnswer(
        now=found.now,
        version=found.version,
        schema_version=found.schema,
        database=found.database,
        backup=_upkept(found.backup),
        backups=found.backups,
        verification=_upkept(found.verification),
        restoration=None
        if restored is None
        else RestorationItem(
            restored_at=restored.restored_at,
            backup_at=restored.backup_at,
            until=restored.until,
            incidents=restored.incidents,
            asked=restored.asked,
        ),
    )


def _upkept(state: Upkept) -> UpkeptItem:
    return UpkeptItem(
        every_seconds=state.every_seconds, done_at=state.done_at, took_seconds=state.took_seconds, error=state.error
    )
