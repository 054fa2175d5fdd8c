"""Addresses: what is asked, and what is shown of it."""

import pytest

from covet_sre.integrations.address import Address, clipped, without_credentials


def test_credentials_are_sent_and_never_shown() -> None:
    address = Address.parse("https://ada:p%40ss@metrics.example:9443/prometheus?tenant=secret")
    assert address.authorization == "Basic YWRhOnBAc3M="
    assert address.shown == "https://metrics.example:9443/prometheus"
    assert "p@ss" not in repr(address)
    assert "YWRh" not in repr(address)


@pytest.mark.parametrize(
    ("url", "instance"),
    [
        ("http://shop", "shop:80"),
        ("https://shop/metrics", "shop:443"),
        ("http://127.0.0.1:8000", "127.0.0.1:8000"),
        ("http://[::1]:8000/metrics", "[::1]:8000"),
    ],
)
def test_an_instance_is_host_and_port_as_prometheus_writes_it(url: str, instance: str) -> None:
    assert Address.parse(url).host_and_port == instance


@pytest.mark.parametrize(
    "url",
    ["", "shop:9090", "ftp://shop", "http://", "http://shop:x", "http://shop:70000", "http://[::1", "http://shop/a b"],
)
def test_what_is_no_address_is_refused_with_the_form_to_write(url: str) -> None:
    with pytest.raises(ValueError, match="write http://host:port"):
        Address.parse(url)


@pytest.mark.parametrize(
    "url",
    ["http://ada:sec/ret@shop:80", "http://ada:12/ret@shop", "http://ada:sec#ret@shop", "http://ada:sec?ret@shop/x"],
)
def test_a_password_that_breaks_the_url_is_not_shown_either(url: str) -> None:
    shown = without_credentials(url)
    assert "ret" not in shown
    assert "sec" not in shown
    assert "12" not in shown
    try:
        Address.parse(url)
    except ValueError as refusal:
        assert "sec" not in str(refusal)
        assert refusal.__cause__ is None


def test_text_from_outside_stays_on_one_line_without_control_characters() -> None:
    assert clipped("first\r\n\x1b[31msecond\x00") == "first [31msecond"
    assert clipped("x" * 300) == "x" * 200 + "…"
