"""Wrong references in files with very many names."""

from covet_sre.spec import library


def test_so_many_wrong_references_are_all_found_and_the_first_ones_with_a_hint(files, read_text, make, monkeypatch):
    monkeypatch.setattr(library, "MAX_COMPARISONS", 100)
    for number in range(19):
        files.more.append(make["Service"](f"service-{number}"))
    for number in range(8):
        slo = make["SLO"]()
        slo["metadata"]["name"] = f"slo-{number}"
        slo["spec"]["service"] = f"servise-{number}"
        files.more.append(slo)
    found = read_text(files.text)
    assert [finding.code for finding in found] == ["reference-unknown"] * 8
    assert all("declare it: {apiVersion: openslo/v1, kind: Service" in finding.remedy for finding in found)
    hints = [f"did you mean 'service-{number}'?" in finding.remedy for number, finding in enumerate(found)]
    assert hints == [True] * 5 + [False] * 3
