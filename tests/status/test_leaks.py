"""Internal names in public texts: found whatever they are dressed in, and nothing found in plain words."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from covet_sre.status.leaks import InternalNames, find_leaks

NAMES = InternalNames(
    names=(
        ("service", "checkout-api"),
        ("SLO", "checkout-availability"),
        ("team", "platform"),
        ("person", "Ann Sato"),
        ("service", "api"),
    ),
    hosts=("grafana.corp.example",),
    addresses=("https://wiki.example.org/runbooks/checkout",),
)
PUBLIC = ("Example status", "REST API", "https://status.example.com", "help@example.com")


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("The checkout-api is down.", "checkout-api"),
        ("CHECKOUT-API!", "checkout-api"),
        ("checkout\u200b-api", "checkout-api"),
        ("\uff43heckout-api", "checkout-api"),
        ("Ann Sato is looking into it.", "ann sato"),
        ("The platform team works on it.", "platform"),
        ("checkout-availability burns", "checkout-availability"),
        ("See INC-2026-1126-001 for more.", "inc-2026-1126-001"),
        ("See https://wiki.example.org/runbooks/checkout for more.", "https://wiki.example.org/runbooks/checkout"),
        ("Graphs: grafana.corp.example/d/1", "grafana.corp.example"),
        ("Mail ann@example.com", "ann@example.com"),
        ("10.0.3.17 does not answer", "10.0.3.17"),
        ("fe80::1ff:fe23:4567:890a does not answer", "fe80::1ff:fe23:4567:890a"),
        ("db-03 is being replaced", "db-03"),
        ("ip-10-0-3-17 is gone", "ip-10-0-3-17"),
        ("orders.svc.cluster.local is gone", "orders.svc.cluster.local"),
        ("web7f9-7d9f8b6c5d-x2x4z restarts", "web7f9-7d9f8b6c5d-x2x4z"),
    ],
)
def test_an_internal_name_is_found(text: str, found: str) -> None:
    assert found in [leak.found for leak in find_leaks([text], NAMES, PUBLIC)]


@pytest.mark.parametrize(
    "text",
    [
        "Orders cannot be placed at the moment. We are sorry.",
        "The REST API answers slowly.",
        "From 10:30:45 to 12:00, about 3.5 % of requests failed (version 2.4.1).",
        "Write to help@example.com, or see https://status.example.com.",
        "We rapidly found it; a checkout takes longer.",
        "HTTP/2 and UTF-8 work; COVID-19 has nothing to do with it.",
        "::",
        "a::b is no address",
        "1.2.3",
        "999.1.1.1",
    ],
)
def test_plain_words_are_no_leak(text: str) -> None:
    assert find_leaks([text], NAMES, PUBLIC) == ()


@given(st.text(max_size=40), st.sampled_from([name for _, name in NAMES.names[:4]]), st.text(max_size=40))
def test_a_name_is_found_wherever_it_stands_as_a_word(before: str, name: str, after: str) -> None:
    assert find_leaks([f"{before} {name} {after}"], NAMES, PUBLIC)


@given(st.text(max_size=300))
def test_no_text_whatever_makes_it_stumble(text: str) -> None:
    find_leaks([text], NAMES, PUBLIC)
