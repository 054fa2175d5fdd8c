"""What sign-in costs: a check of a permission, and the CPU time of a page for somebody who has signed in."""

import json
import subprocess
import tempfile
import time
import urllib.request
from collections.abc import Callable, Sequence
from http.cookiejar import CookieJar
from pathlib import Path
from urllib.parse import urlencode

import casbin
import psutil

from benchmarks.commands import covet_sre, environment
from benchmarks.result import Result
from benchmarks.samples import sample
from benchmarks.serving import Serving, serving
from covet_sre.access.permission import Role
from covet_sre.access.principal import Grant, Kind, Principal
from covet_sre.alerting.matchers import LabelMatcher
from covet_sre.alerting.silence import Silence
from covet_sre.flows.permissions_of import Facts, permission_of
from covet_sre.incident import facts
from covet_sre.incident.rules import Rules, ServiceRule
from covet_sre.oncall.directory import Directory
from covet_sre.oncall.people import Team

HANDBOOK = Path(__file__).resolve().parent.parent / "examples" / "covetpy" / "reliability"
PASSWORD = "several unrelated words"
PAGES = ("/", "/incidents", "/alerts", "/silences", "/slos", "/slos/api-availability", "/account", "/settings/access")
SERVICES, GRANTS = 200, 20
CHECKS, ROUNDS = 20_000, 9
REQUESTS = 25
MOST_CHECK_MICROSECONDS, MOST_PAGE_MILLISECONDS = 20.0, 60.0

_MODEL = """
[request_definition]
r = sub, obj, act
[policy_definition]
p = sub, obj, act
[policy_effect]
e = some(where (p.eft == allow))
[matchers]
m = r.sub == p.sub && r.obj == p.obj && r.act == p.act
"""


def run() -> list[Result]:
    return [_check(), *_pages()]


# ---------------------------------------------------------------- a check


def _check() -> Result:
    """The whole of it: what a command needs, whose it is, and whether somebody with 20 roles may; the last one fits."""
    teams = {f"team-{number}": Team(f"team-{number}", "") for number in range(SERVICES)}
    services = {f"service-{number}": ServiceRule(f"service-{number}", f"team-{number}") for number in range(SERVICES)}
    known = Facts(Rules(Directory(teams=teams), services), {"INC-1": "service-19"}.get, {}.get, {}.get)
    grants = tuple(Grant(Role.RESPONDER, service=f"service-{number}") for number in range(GRANTS))
    ada = Principal("ada", Kind.USER, grants)
    silence = Silence("s", (LabelMatcher("service", "service-19"),), 0, 60, "ada", "a test", 0)
    commands: Sequence[facts.Command] = (facts.Acknowledge("INC-1", "ada"), facts.SetSilence(silence))

    def check() -> None:
        for command in commands:
            permission, owners = permission_of(command, known)
            if not all(ada.may(permission, owner) for owner in owners):
                raise RuntimeError("refused")

    enforcer = _peer()

    def peer() -> None:
        for act in ("respond", "silence"):
            if not enforcer.enforce("ada", "service-19", act):
                raise RuntimeError("refused")

    ours = sample([_microseconds(check, CHECKS) / len(commands) for _ in range(ROUNDS)])
    theirs = sample([_microseconds(peer, CHECKS // 100) / 2 for _ in range(ROUNDS)])
    return Result(
        "check of a permission",
        "us",
        ours,
        {"casbin": theirs},
        f"< {MOST_CHECK_MICROSECONDS:g}",
        ours.median < MOST_CHECK_MICROSECONDS,
        f"what a command needs, among {SERVICES} services; a user with {GRANTS} roles, the last of which fits",
    )


def _peer() -> casbin.Enforcer:
    model = casbin.Model()
    model.load_model_from_text(_MODEL)
    enforcer = casbin.Enforcer(model)
    enforcer.add_policies([["ada", f"service-{one}", act] for one in range(GRANTS) for act in ("respond", "silence")])
    return enforcer


def _microseconds(act: Callable[[], None], times: int) -> float:
    began = time.perf_counter()
    for _ in range(times):
        act()
    return (time.perf_counter() - began) / times * 1e6


# ---------------------------------------------------------------- pages


def _pages() -> list[Result]:
    with tempfile.TemporaryDirectory(prefix="covet-sre-bench-") as folder:
        database = Path(folder) / "covet-sre.db"
        with serving([HANDBOOK], database) as open_house:
            _wait(open_house)
            without = {path: _milliseconds(open_house, path, urllib.request.build_opener()) for path in PAGES}
        _add_user(database)
        with serving([HANDBOOK], database) as locked:
            _wait(locked)
            opener = _signed_in(locked)
            signed_in = {path: _milliseconds(locked, path, opener) for path in PAGES}
    worst = max(PAGES, key=lambda path: sample(signed_in[path]).median)
    ours = sample(signed_in[worst])
    each = ", ".join(f"{path} {sample(signed_in[path]).median:.1f}" for path in PAGES)
    return [
        Result(
            "page for somebody who has signed in, the slowest",
            "CPU-ms",
            ours,
            {"the same page before anybody has an account": sample(without[worst])},
            f"< {MOST_PAGE_MILLISECONDS:g}",
            ours.median < MOST_PAGE_MILLISECONDS,
            f"CPU time of the whole server per request, its measuring included: {each}",
        )
    ]


def _wait(server: Serving) -> None:
    server.seconds_until("/readyz", lambda answer: json.loads(answer)["status"] == "ready")


def _add_user(database: Path) -> None:
    subprocess.run(
        [covet_sre(), "user", "add", "ada", "--role", "admin", "--database-url", f"sqlite:///{database}"],
        input=f"{PASSWORD}\n",
        text=True,
        env=environment(),
        check=True,
        capture_output=True,
        timeout=60,
    )


def _signed_in(server: Serving) -> urllib.request.OpenerDirector:
    opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(CookieJar()))
    form = urlencode({"name": "ada", "password": PASSWORD}).encode()
    opener.open(f"{server.url}/sign-in", form, timeout=30).read()
    return opener


def _milliseconds(server: Serving, path: str, opener: urllib.request.OpenerDirector) -> list[float]:
    """CPU time of the server for one request, by rounds of several."""
    process = psutil.Process(server.process.pid)
    found: list[float] = []
    for round_number in range(ROUNDS + 1):
        before = process.cpu_times()
        for _ in range(REQUESTS):
            request = urllib.request.Request(server.url + path, headers={"accept": "text/html"})
            with opener.open(request, timeout=30) as answer:
                if answer.status != 200 or answer.url != server.url + path:
                    raise RuntimeError(f"{path} answers {answer.status} at {answer.url}")
                answer.read()
        after = process.cpu_times()
        if round_number:
            found.append((after.user + after.system - before.user - before.system) / REQUESTS * 1000)
    return found
