"""Where the public subscribes and unsubscribes. A GET shows a page and changes nothing: mail scanners open links too.

Whatever is known of an address, the answer is the same.
"""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import Annotated

from anyio import to_thread
from fastapi import APIRouter, Path, Request
from starlette.responses import HTMLResponse, Response

from covet_sre.errors import CovetSreError, NotFound, Refused, Unavailable
from covet_sre.flows.access.throttle import Throttle, TooMany
from covet_sre.flows.incidents import Incidents
from covet_sre.flows.status_page import PublicStatus
from covet_sre.incident.status_facts import ConfirmStatusSubscription, SubscribeToStatus, UnsubscribeFromStatus
from covet_sre.status.page import StatusPage
from covet_sre.status.subscriber import SubscriberKind, normal_address
from covet_sre.web.forms import NO_NUL, form_fields
from covet_sre.web.status.public_routes import BASE
from covet_sre.web.status.site import render_page


@dataclass(frozen=True, slots=True)
class SubscriptionDoors:
    """`new_token` gives 256 bits that nobody can guess, as text for an address. `look_at` gives a webhook's address as
    it is kept, and `secret_of` what a subscription's notices are signed with; both raise Refused.
    """

    new_token: Callable[[], str]
    look_at: Callable[[str], str]
    secret_of: Callable[[str], str]


PER_CLIENT, FOR_ALL = 10, 300
"""So many requests are taken at once, and as many again within an hour: each may send a mail to somebody who never
asked for it."""

_HOUR = 3600.0

COMPONENT_FIELD = "component:"

_PRIVATE = {"cache-control": "no-store", "referrer-policy": "no-referrer"}
"""The addresses of these pages hold a token."""

Identity = Annotated[str, Path(max_length=64, pattern=NO_NUL)]
Token = Annotated[str, Path(max_length=200, pattern=NO_NUL)]


def subscription_routes(
    router: APIRouter, public: PublicStatus, incidents: Incidents, doors: SubscriptionDoors
) -> None:
    """Asking, confirming, ending. Raises NotFound where nobody can subscribe."""
    clients, everybody = (
        Throttle(public.now, PER_CLIENT, _HOUR / PER_CLIENT),
        Throttle(public.now, FOR_ALL, _HOUR / FOR_ALL),
    )

    def asked(client: str, fields: dict[str, str]) -> Response:
        page = _page(public)
        try:
            clients.take(client, "subscriptions from here")
            everybody.take("", "subscriptions")
        except TooMany:
            problem = "Too many subscriptions were asked for from here. Please try again in an hour."
            return _form(public, page, fields, problem, 429)
        try:
            # What is wrong with an address is said by its text alone, before anybody looks who has it.
            command = _command(page, fields, doors)
            incidents.decide(command)
        except Unavailable:
            pass  # It is kept: the mail leaves as soon as a server decides.
        except (Refused, NotFound) as error:
            return _form(public, page, fields, f"{error.problem[:1].upper()}{error.problem[1:]}: {error.remedy}.", 422)
        told = (
            "A message is on its way to that address, with a link that confirms it. The link holds for a day. "
            "If nothing comes, look among the unwanted mail, or try again in a quarter of an hour."
        )
        return _told(public, "Please confirm", told, "")

    @router.get(f"{BASE}/subscribe")
    def form() -> Response:
        return _form(public, _page(public), {}, "", 200)

    @router.post(f"{BASE}/subscribe")
    async def subscribe(request: Request) -> Response:
        fields = await form_fields(request)
        client = request.client.host if request.client else ""
        return await to_thread.run_sync(partial(asked, client, fields))

    _confirming(router, public, incidents, doors)
    _ending(router, public, incidents)


def _confirming(router: APIRouter, public: PublicStatus, incidents: Incidents, doors: SubscriptionDoors) -> None:
    @router.get(f"{BASE}/confirm/{{identity}}/{{token}}")
    def ask_to_confirm(identity: Identity, token: Token) -> Response:  # noqa: ARG001 - whether it holds shows when it is used
        page = _page(public)
        text = f"Confirm that you want to be told by {page.title} when something changes."
        return _asking(public, "Confirm the subscription", text, "Confirm")

    @router.post(f"{BASE}/confirm/{{identity}}/{{token}}")
    def confirm(identity: Identity, token: Token) -> Response:
        _page(public)
        try:
            incidents.decide(ConfirmStatusSubscription(identity, token))
        except Unavailable:
            pass  # It is kept.
        except CovetSreError:
            told = "The link was used already, or is older than a day. Please subscribe again."
            return _told(public, "This link does not hold any more", told, "../../", 410)
        told = "You will be told when something changes."
        subscriber = public.subscriber(identity)
        if subscriber is not None and subscriber.kind is SubscriberKind.WEBHOOK:
            # Whoever has the token reads what arrives at the address: nobody else is shown the secret.
            secret = doors.secret_of(subscriber.subscription)
            told += f" What is sent is signed with {secret}; keep it, it is not shown again."
        return _told(public, "You are subscribed", told, "../../")


def _ending(router: APIRouter, public: PublicStatus, incidents: Incidents) -> None:
    @router.get(f"{BASE}/unsubscribe/{{identity}}/{{key}}")
    def ask_to_end(identity: Identity, key: Token) -> Response:  # noqa: ARG001 - the answer is the same for everybody
        page = _page(public)
        return _asking(public, "Unsubscribe", f"Do not hear of {page.title} any more.", "Unsubscribe")

    @router.post(f"{BASE}/unsubscribe/{{identity}}/{{key}}")
    def end(identity: Identity, key: Token) -> Response:
        # Also what mail programs post by themselves, with one click (RFC 8058).
        _page(public)
        with suppress(Unavailable):  # It is kept.
            incidents.decide(UnsubscribeFromStatus(identity, key))
        return _told(public, "You are not subscribed", "Nothing more is sent, and the address is forgotten.", "../../")


def _page(public: PublicStatus) -> StatusPage:
    page = public.page()
    if page is None or not page.subscribe_address:
        raise NotFound("nobody can subscribe here", remedy="read the feeds of the status page, if there is one")
    return page


def _command(page: StatusPage, fields: dict[str, str], doors: SubscriptionDoors) -> SubscribeToStatus:
    kind = fields.get("kind", SubscriberKind.EMAIL.value)
    if kind not in set(SubscriberKind):
        raise Refused(f"nothing is called {kind[:40]!r} here", remedy="choose e-mail or a webhook")
    chosen = tuple(name.removeprefix(COMPONENT_FIELD) for name in fields if name.startswith(COMPONENT_FIELD))
    known = tuple(page.component(one).identity for one in chosen)
    address = normal_address(SubscriberKind(kind), fields.get("address", ""))
    if kind == SubscriberKind.WEBHOOK:
        doors.look_at(address)
        _needs_secret(doors)
    return SubscribeToStatus(SubscriberKind(kind), address, doors.new_token(), doors.new_token(), known)


def _needs_secret(doors: SubscriptionDoors) -> None:
    try:
        doors.secret_of("any")
    except Refused as error:
        raise Refused(
            "webhooks cannot be signed here at the moment", remedy="subscribe by e-mail, or read a feed"
        ) from error


def _form(public: PublicStatus, page: StatusPage, fields: dict[str, str], problem: str, status: int) -> Response:
    kinds = [("email", "By e-mail", "Your e-mail address", "name@example.com", "email")] if page.mail_target else []
    if page.takes_webhooks:
        kinds.append(("webhook", "By webhook", "Address to be called", "https://example.com/hook", "url"))
    content = render_page(
        public.standing(),
        "subscribe",
        f"Subscribe: {page.title}",
        "",
        {
            "kinds": kinds,
            "kind": fields.get("kind", ""),
            "address": fields.get("address", "")[:500],
            "components": [(one.identity, one.name) for one in page.components],
            "chosen": {name.removeprefix(COMPONENT_FIELD) for name in fields if name.startswith(COMPONENT_FIELD)},
            "problem": problem,
        },
    )
    return HTMLResponse(content, status, headers=_PRIVATE)


def _asking(public: PublicStatus, title: str, text: str, button: str) -> Response:
    content = render_page(
        public.standing(), "asking", title, "../../", {"title": title, "text": text, "button": button}
    )
    return HTMLResponse(content, headers=_PRIVATE)


def _told(public: PublicStatus, title: str, text: str, root: str, status: int = 200) -> Response:
    content = render_page(public.standing(), "answer", title, root, {"title": title, "text": text})
    return HTMLResponse(content, status, headers=_PRIVATE)
