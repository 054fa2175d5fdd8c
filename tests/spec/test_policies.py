"""ErrorBudgetPolicy documents -> tiers."""

import pytest

from covet_sre.budget.policy import HANDBOOK_POLICY, Tier

TIERS = "ErrorBudgetPolicy.spec.tiers"


def tier(name, above=None, state="ok"):
    return {"name": name, "state": state, "actions": ["act"], **({} if above is None else {"above": above})}


def test_a_policy_is_its_tiers_and_what_it_governs(files):
    files.change("ErrorBudgetPolicy.spec.services", ["api"]).change("ErrorBudgetPolicy.spec.slos", ["availability"])
    (policy,) = files.read().policies
    assert policy.tiers == (Tier("good", 0.5, ("go on",), "ok"), Tier("bad", None, ("stop",), "critical"))
    assert (policy.name, policy.services, policy.slos) == ("ours", ("api",), ("availability",))
    assert policy.location.line > 1


def test_without_a_policy_the_handbooks_own_applies(files):
    del files.documents["ErrorBudgetPolicy"]
    declaration = files.read()
    assert declaration.policy_for(declaration.objectives[0]) is HANDBOOK_POLICY


@pytest.mark.parametrize(
    ("tiers", "words"),
    [
        ([tier("a", 0.1), tier("b", 0.5), tier("c")], "above 0.5 is not below the tier before it"),
        ([tier("a", 0.5), tier("b", 0.5), tier("c")], "above 0.5 is not below the tier before it"),
        ([tier("a", 0.5), tier("b", 0.1)], "the last tier has above"),
        ([tier("a"), tier("b")], "only the last tier applies without a bound"),
        ([tier("a", 0.5), tier("a")], "two tiers have this name"),
        ([tier("a", 50), tier("b")], "is 50"),
        ([tier("a", 0.5), tier("b", state="red")], "is 'red'"),
        ([{**tier("a"), "actions": []}], "is empty"),
        ([], "is empty"),
    ],
)
def test_tiers_that_make_no_ladder_are_an_error(files, tiers, words):
    findings = files.change(TIERS, tiers).findings()
    assert any(words in finding.problem for finding in findings), [str(finding) for finding in findings]


@pytest.mark.parametrize(("field", "name"), [("services", "apy"), ("slos", "availabilty")])
def test_a_policy_governs_what_exists(files, field, name):
    finding = files.change(f"ErrorBudgetPolicy.spec.{field}", [name]).one_finding()
    assert finding.field == f"spec.{field}[0]"
    assert finding.code == "reference-unknown"


@pytest.mark.parametrize("governed", [{}, {"services": ["api"]}, {"slos": ["availability"]}])
def test_nothing_is_governed_by_two_policies(files, governed):
    spec = files.documents["ErrorBudgetPolicy"]["spec"]
    spec.update(governed)
    other = {**files.documents["ErrorBudgetPolicy"], "metadata": {"name": "theirs"}}
    files.more.append(other)
    assert "is already governed by the policy 'ours'" in files.one_finding().problem
