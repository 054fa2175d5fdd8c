"""The resolver gives CovetPy's own answer back as a template."""

import re
import warnings

import pytest
from hypothesis import given
from hypothesis import strategies as st

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    from covet import CovetRouter

from orders.route_templates import route_templates


async def first(*_arguments: object) -> None: ...
async def second(*_arguments: object) -> None: ...


def router() -> CovetRouter:
    made = CovetRouter()
    made.add_route("/orders", first, ["GET"])
    made.add_route("/orders/new", second, ["GET"])
    made.add_route("/orders/{order_id}", first, ["GET", "PUT"])
    made.add_route("/users/<name>", first, ["GET"])
    made.add_route("/orders/{order_id}/items/{item}", second, ["GET"])
    return made


@pytest.mark.parametrize(
    ("method", "path", "template"),
    [
        ("GET", "/orders", "/orders"),
        ("GET", "/orders/new", "/orders/new"),
        ("PUT", "/orders/new", "/orders/{order_id}"),
        ("GET", "/orders/7", "/orders/{order_id}"),
        ("GET", "/orders/\u00b2", "/orders/{order_id}"),
        ("GET", "/users/7", "/users/<name>"),
        ("GET", "/users/ada", "/users/<name>"),
        ("GET", "/orders/7/items/x", "/orders/{order_id}/items/{item}"),
        ("POST", "/orders", None),
        ("DELETE", "/orders/7", None),
        ("GET", "/orders/", None),
        ("GET", "/orders/7/items", None),
        ("GET", "", None),
    ],
)
def test_a_request_belongs_to_the_pattern_that_covetpy_uses(method: str, path: str, template: str | None) -> None:
    assert route_templates(router())({"path": path, "method": method}) == template


def test_a_route_added_later_is_found() -> None:
    made = router()
    resolve = route_templates(made)
    assert resolve({"path": "/late/1", "method": "GET"}) is None
    made.add_route("/late/{number}", first, ["GET"])
    assert resolve({"path": "/late/1", "method": "GET"}) == "/late/{number}"


SEGMENT = st.text(st.characters(exclude_characters="/{}<>\n\r", exclude_categories=("Cs",)), min_size=1, max_size=8)


@given(order=SEGMENT, item=SEGMENT)
def test_whatever_stands_in_a_parameter_never_reaches_the_template(order: str, item: str) -> None:
    resolve = route_templates(router())
    path = f"/orders/{order}/items/{item}"
    assert resolve({"path": path, "method": "GET"}) == "/orders/{order_id}/items/{item}"


@given(path=st.text(max_size=40), method=st.sampled_from(["GET", "POST", "PUT"]))
def test_the_resolver_finds_a_template_exactly_when_covetpy_finds_a_handler(path: str, method: str) -> None:
    made = router()
    try:
        matched = made.match_route(path, method) is not None
    except ValueError:
        matched = True  # it matched and then failed to convert the parameter
    assert (route_templates(made)({"path": path, "method": method}) is not None) == matched


def test_covetpy_cannot_compile_a_typed_parameter() -> None:
    made = router()
    made.add_route("/items/<int:item_id>", first, ["GET"])
    with pytest.raises(re.error):
        made.match_route("/orders/7", "GET")
