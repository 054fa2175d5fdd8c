"""A folder of static files: brought to what it should hold, each file whole, and nothing else touched."""

from pathlib import Path

import pytest

from covet_sre.app.static_folder import bring_to
from covet_sre.errors import OutputError

SITE = {"index.html": b"one", "incidents/abc.html": b"two", "api/v2/summary.json": b"{}", "status-0a.css": b"x"}


def held(folder: Path) -> dict[str, bytes]:
    return {
        str(file.relative_to(folder)): file.read_bytes()
        for file in folder.rglob("*")
        if file.is_file() and not file.name.startswith(".")
    }


def test_it_holds_what_it_should_and_only_what_differs_is_written(tmp_path: Path) -> None:
    folder = tmp_path / "deep" / "site"
    assert bring_to(folder, SITE) == 4
    assert held(folder) == SITE
    assert bring_to(folder, SITE) == 0
    assert bring_to(folder, {**SITE, "index.html": b"three"}) == 1


def test_what_is_wanted_no_more_is_removed_and_what_is_not_ours_stays(tmp_path: Path) -> None:
    bring_to(tmp_path, SITE)
    (tmp_path / "robots.txt").write_text("theirs")
    (tmp_path / "incidents" / "note.txt").write_text("theirs")
    bring_to(tmp_path, {"index.html": b"one"})
    assert held(tmp_path) == {"index.html": b"one", "robots.txt": b"theirs", "incidents/note.txt": b"theirs"}


def test_a_file_of_somebody_else_is_never_overwritten(tmp_path: Path) -> None:
    (tmp_path / "index.html").write_text("theirs")
    with pytest.raises(OutputError, match="was not made by Covet SRE"):
        bring_to(tmp_path, SITE)
    assert held(tmp_path) == {"index.html": b"theirs"}


@pytest.mark.parametrize(
    "name",
    [
        "../x.html",
        "/etc/x.html",
        "a/../../x.html",
        "a//x.html",
        ".hidden.html",
        "x",
        "a/.b/x.html",
        "x.html/",
        "a\\b.html",
        "x\n.html",
        "",
        "Ä.html",
        "a/b/c/d/e/f.html",
    ],
)
def test_no_name_leads_out_of_the_folder(tmp_path: Path, name: str) -> None:
    folder = tmp_path / "site"
    with pytest.raises(OutputError, match="no name of a file of ours"):
        bring_to(folder, {"index.html": b"one", name: b"two"})
    assert not folder.exists()


@pytest.mark.parametrize("listed", ["{", '["../../etc/passwd.html"]', "5", "[5]", "\udcff"])
def test_a_list_that_somebody_changed_removes_nothing(tmp_path: Path, listed: str) -> None:
    bring_to(tmp_path, SITE)
    (tmp_path / ".covet-sre-status.json").write_bytes(listed.encode("utf-8", "surrogateescape"))
    with pytest.raises(OutputError, match="is no list of ours"):
        bring_to(tmp_path, {"index.html": b"one"})
    assert held(tmp_path) == SITE


def test_a_folder_that_cannot_be_written_is_an_error_with_the_place(tmp_path: Path) -> None:
    (tmp_path / "site").write_text("a file")
    with pytest.raises(OutputError, match="cannot be written"):
        bring_to(tmp_path / "site", SITE)


def test_the_first_page_is_replaced_after_what_it_refers_to(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    order: list[str] = []
    replace = Path.replace

    def noted(self: Path, target: Path) -> Path:
        order.append(target.name)
        return replace(self, target)

    monkeypatch.setattr(Path, "replace", noted)
    bring_to(tmp_path, SITE)
    assert order.index("status-0a.css") < order.index("index.html")
    assert order[-1] == "index.html"
