"""Who else than this machine is served at all."""

from pathlib import Path

import pytest

from covet_sre.access.permission import Role
from covet_sre.access.principal import Grant
from covet_sre.app import Server, Settings
from covet_sre.app.binding import LOOPBACK_ADDRESSES, PublicBind
from covet_sre.app.offline import offline_accounts
from tests.access.house import HANDBOOK, PASSWORD


def serve(folder: Path, **settings: object) -> None:
    Server(Settings([HANDBOOK], url(folder), **settings)).close()  # type: ignore[arg-type] - a test's own settings


def url(folder: Path) -> str:
    return f"sqlite:///{folder / 'covet-sre.db'}"


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.1", "sre.example.org", "127.0.0.2"])
def test_other_machines_are_served_over_tls_or_not_at_all(tmp_path: Path, host: str) -> None:
    with pytest.raises(PublicBind, match="nobody has an account yet") as refused:
        serve(tmp_path, host=host, public_address="https://sre.example.org")
    assert "covet-sre user add" in refused.value.remedy
    with offline_accounts(url(tmp_path)) as accounts:
        accounts.add_user("ada", [Grant(Role.ADMIN)], password=PASSWORD)
    for plain in ("", "http://sre.example.org"):
        with pytest.raises(PublicBind, match="passwords would travel in clear") as refused:
            serve(tmp_path, host=host, public_address=plain)
        assert "--public-address" in refused.value.remedy
    serve(tmp_path, host=host, public_address="https://sre.example.org")
    serve(tmp_path, host=host, allows_plain_http=True)


@pytest.mark.parametrize("host", LOOPBACK_ADDRESSES)
def test_this_machine_is_served_before_anybody_has_an_account(tmp_path: Path, host: str) -> None:
    serve(tmp_path, host=host)
