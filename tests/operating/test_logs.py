"""Log lines: one for each event whatever stands in it, with the request's id, and never a secret."""

import errno
import io
import json
import logging
import re
from collections.abc import Iterator

import pytest
import structlog
from hypothesis import given
from hypothesis import strategies as st

from covet_sre.app.logs import Hiding, escaped, secrets_of, start_logging

CANARY = "canary-7b52009b64fd0a2a"


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture(autouse=True)
def as_before() -> Iterator[None]:
    before = structlog.get_config()
    yield
    structlog.configure(**before)


def logged(file: io.StringIO, event: object, **values: object) -> str:
    start_logging(file=file)
    structlog.get_logger("x").warning(event, **values)
    return file.getvalue()


@given(st.binary(max_size=60))
def test_any_bytes_are_one_line_for_machines(content: bytes) -> None:
    text = content.decode("latin-1")
    lines = logged(io.StringIO(), text, value=text, raw=content, nested={"a": [text]})
    assert lines.endswith("\n")
    assert lines.count("\n") == 1
    assert len(lines.splitlines()) == 1
    assert json.loads(lines)["value"] == text


@given(st.text(max_size=60))
def test_any_text_is_one_line_for_machines(text: str) -> None:
    lines = logged(io.StringIO(), text, value=text)
    assert len(lines.splitlines()) == 1
    assert lines.isascii()
    assert json.loads(lines)["event"] == text


@pytest.mark.parametrize("byte", range(256))
def test_no_byte_moves_the_cursor_of_a_terminal(byte: int) -> None:
    text = "a" + bytes([byte]).decode("latin-1") + "b"
    lines = logged(Terminal(), "event", value=text)
    assert lines.count("\n") == 1
    # The renderer's own colours are the only escapes.
    plain = re.sub(r"\x1b\[[0-9;]*m", "", lines)
    assert all(c.isprintable() or c == "\n" for c in plain), repr(plain)


@given(st.text(max_size=60))
def test_what_is_escaped_is_printable_and_can_be_told_from_anything_else_printable(text: str) -> None:
    assert escaped(text).isprintable()
    if text.isprintable():
        assert escaped(text) == text


class Odd:
    def __repr__(self) -> str:
        return f"<Odd {CANARY}>"


@pytest.mark.parametrize(
    "values",
    [
        {"value": f"x{CANARY}y"},
        {"value": {"a": [f"{CANARY}"], CANARY: 1}},
        {"value": (CANARY,)},
        {"value": Odd()},
        {"value": ValueError(f"no {CANARY}")},
        {"value": CANARY.encode()},
    ],
)
@pytest.mark.parametrize("file", [io.StringIO, Terminal])
def test_a_secret_is_never_logged_wherever_it_stands(
    values: dict[str, object], file: type[io.StringIO], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SOME_TOKEN", CANARY)
    told = logged(file(), f"about {CANARY}", **values)
    assert CANARY not in told
    assert "***" in told


def test_a_secret_in_a_traceback_is_not_logged(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOME_TOKEN", CANARY)
    for file in (io.StringIO(), Terminal()):
        start_logging(file=file)
        try:
            raise ValueError(f"with {CANARY}")
        except ValueError:
            structlog.get_logger("x").exception("it failed", error=CANARY)
        assert CANARY not in file.getvalue(), type(file)
        assert "ValueError" in file.getvalue()


def test_secrets_are_told_by_their_names_and_in_addresses() -> None:
    found = secrets_of(
        {
            "COVET_SRE_HOOK_SECRET_GRAFANA": CANARY + "1",
            "PAGERDUTY_ROUTING_KEY": CANARY + "2",
            "SMTP_PASSWORD": CANARY + "3",
            "DATABASE": f"postgresql://me:{CANARY}4@db/x",
            "LINK_SECRET_FILE": "/run/secrets/link",
            "HOME": "/home/ana-of-the-house",
            "SHORT_TOKEN": "abc",
        }
    )
    assert sorted(found) == [CANARY + number for number in "1234"]
    assert Hiding([CANARY, CANARY + "-more"])(None, "", {"a": CANARY + "-more"}) == {"a": "***"}


def test_less_than_the_level_is_not_logged() -> None:
    file = io.StringIO()
    start_logging("warning", file=file)
    structlog.get_logger("x").info("quiet")
    assert file.getvalue() == ""
    start_logging(logging.NOTSET, file=file)
    structlog.get_logger("x").info("loud")
    assert "loud" in file.getvalue()


def test_a_log_that_cannot_be_written_keeps_nobody_from_working() -> None:
    """The disk is full, or whoever read it has left."""

    class Full(io.StringIO):
        def write(self, text: str) -> int:
            raise OSError(errno.EFBIG, "File too large")

        def flush(self) -> None:
            raise OSError(errno.EFBIG, "File too large")

    start_logging(file=Full())
    structlog.get_logger("test").error("nobody hears it", number=1)
