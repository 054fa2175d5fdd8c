"""A whole server over the handbook's files, with users of every role, asked without a network."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from starlette.testclient import TestClient

from covet_sre.access.permission import Permission, Role
from covet_sre.access.principal import Grant
from covet_sre.app import Server, Settings
from covet_sre.app.offline import AT_THE_MACHINE
from covet_sre.flows.acting import acting_as

HANDBOOK = Path(__file__).resolve().parents[2] / "examples" / "covetpy" / "reliability"
PASSWORD = "several unrelated words"
ADDRESS = "http://127.0.0.1:8420"

OWN, OTHER = "api", "jobs"
"""The service that roles for one service are for, and one of another team."""


@dataclass
class House:
    """`tokens` are by what they may do: a role's name, with `everywhere`, `team` or `service` behind it."""

    server: Server
    tokens: dict[str, str] = field(default_factory=dict[str, str])

    def client(self, token: str = "", **headers: str) -> TestClient:
        """A program with a token, or with none; redirects are not followed."""
        shown = {"authorization": f"Bearer {token}"} if token else {}
        return TestClient(
            self.server.application,
            base_url=ADDRESS,
            headers={**shown, **headers},
            follow_redirects=False,
            client=("192.0.2.7", 50000),
        )

    def browser(self, name: str, password: str = PASSWORD) -> TestClient:
        """A browser that has signed in."""
        client = self.client(accept="text/html")
        answer = client.post("/sign-in", data={"name": name, "password": password})
        assert answer.status_code == 303, answer.text
        return client

    def add_user(self, name: str, *grants: Grant, password: str = PASSWORD) -> None:
        with acting_as(AT_THE_MACHINE):
            self.server.access.accounts.add_user(name, grants, password=password)

    def add_token(self, name: str, *grants: Grant, scopes: tuple[Permission, ...] = tuple(Permission)) -> str:
        with acting_as(AT_THE_MACHINE):
            return self.server.access.accounts.make_token(name, scopes, 1, grants)[0]


@contextmanager
def house(folder: Path, files: Path = HANDBOOK, **settings: object) -> Iterator[House]:
    """The server, measuring and deciding; stopped at the end."""
    url = f"sqlite:///{folder / 'covet-sre.db'}"
    server = Server(Settings([files], url, **settings))  # type: ignore[arg-type] - a test's own settings
    server.start()
    try:
        yield House(server)
    finally:
        server.close()


def with_roles(found: House) -> House:
    """An admin who can sign in, and a token for each role: everywhere, for the team of OWN, for OWN alone."""
    found.add_user("ada", Grant(Role.ADMIN))
    team = found.server.desk.incidents.rules().services[OWN].team
    for role in Role:
        for where, grant in (
            ("everywhere", Grant(role)),
            ("team", Grant(role, team=team)),
            ("service", Grant(role, service=OWN)),
        ):
            found.tokens[f"{role} {where}"] = found.add_token(f"{role} {where}", grant)
    return found
