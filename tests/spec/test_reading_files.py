"""Paths -> files: folders, links, and files that cannot be read."""

import os

import pytest

from covet_sre.errors import InvalidFiles
from covet_sre.spec import read_paths


def findings(*paths):
    with pytest.raises(InvalidFiles) as caught:
        read_paths(paths)
    return [str(finding) for finding in caught.value.findings]


@pytest.fixture
def folder(tmp_path, files):
    """The valid files, one document each, in folders."""
    import yaml

    for kind, document in files.documents.items():
        place = tmp_path / "team" / kind.lower()
        place.mkdir(parents=True)
        (place / ("file.yml" if kind == "SLO" else "file.yaml")).write_text(yaml.safe_dump(document))
    return tmp_path


def test_a_folder_is_read_with_everything_below_it(folder):
    declaration = read_paths([folder])
    assert [objective.name for objective in declaration.objectives] == ["availability"]
    assert declaration.objectives[0].location.file == str(folder / "team" / "slo" / "file.yml")


def test_hidden_files_and_other_suffixes_are_left_out(folder):
    (folder / ".hidden.yaml").write_text("broken: [")
    (folder / ".git").mkdir()
    (folder / ".git" / "x.yaml").write_text("broken: [")
    (folder / "notes.txt").write_text("broken: [")
    assert len(read_paths([folder]).objectives) == 1


def test_a_file_that_is_named_twice_is_read_once(folder):
    (folder / "again.yaml").symlink_to(folder / "team" / "slo" / "file.yml")
    assert len(read_paths([folder, folder / "team", folder / "again.yaml"]).objectives) == 1


def test_a_mounted_config_map_is_read_through_its_links(tmp_path, files):
    (tmp_path / "..2026").mkdir()
    (tmp_path / "..2026" / "all.yaml").write_text(files.text)
    (tmp_path / "..data").symlink_to("..2026")
    (tmp_path / "all.yaml").symlink_to("..data/all.yaml")
    assert len(read_paths([tmp_path]).objectives) == 1


def test_a_folder_that_contains_itself_ends(folder):
    (folder / "loop").symlink_to(folder)
    (folder / "loop.yaml").symlink_to(folder / "loop.yaml")
    assert "loop.yaml" in findings(folder)[0]


def test_a_byte_order_mark_is_no_mistake(tmp_path, files):
    path = tmp_path / "a.yaml"
    path.write_text(files.text, encoding="utf-8-sig")
    assert len(read_paths([path]).objectives) == 1


def test_what_is_no_utf_8_is_an_error_with_its_line(tmp_path):
    path = tmp_path / "a.yaml"
    path.write_bytes(b"a: 1\nb: caf\xe9\n")
    assert findings(path) == [f"{path}:2:7: is no UTF-8 text; save the file as UTF-8"]


def test_every_path_that_cannot_be_read_is_named(tmp_path):
    (tmp_path / "empty").mkdir()
    os.mkfifo(tmp_path / "pipe.yaml")
    (tmp_path / "large.yaml").write_bytes(b"#" * (4 * 2**20 + 1))
    found = findings(tmp_path / "missing", tmp_path / "empty", tmp_path / "pipe.yaml", tmp_path / "large.yaml")
    assert len(found) == 4
    for words in ("there is no such file", "has no files that end in", "is no regular file", "is larger than 4 MiB"):
        assert any(words in each for each in found)


def test_a_file_without_documents_is_an_error(tmp_path):
    (tmp_path / "a.yaml").write_text("# nothing yet\n")
    assert "no documents were found" in findings(tmp_path)[0]


def test_what_may_stand_in_the_unread_part_of_a_file_is_not_called_missing(tmp_path, files):
    import yaml

    service = files.documents.pop("Service")
    (tmp_path / "a.yaml").write_text(files.text)
    (tmp_path / "b.yaml").write_text("broken: [\n---\n" + yaml.safe_dump(service))
    (found,) = findings(tmp_path)
    assert "b.yaml:2:1" in found


def test_findings_are_in_the_order_of_their_weight(tmp_path, files):
    files.change("SLO.spec.servise", "x").change("SLO.spec.timeWindow.0.duration", "1m")
    files.change("Service.kind", "Servis").change("AlertCondition.spec.condition.threshold", -1)
    (tmp_path / "a.yaml").write_text(files.text)
    (tmp_path / "z.yaml").write_text("broken: [")
    with pytest.raises(InvalidFiles) as caught:
        read_paths([tmp_path])
    codes = [finding.code for finding in caught.value.findings]
    assert codes == ["yaml-syntax", "kind-unknown", "field-unknown", "value-wrong"]
