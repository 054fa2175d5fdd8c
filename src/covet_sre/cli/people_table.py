"""Roles, messages and subscriptions in a terminal."""

from typing import Any

from rich.table import Table
from rich.text import Text

from covet_sre.cli.incident_table import plain, terminal
from covet_sre.incident.templates import MessageKind, rendered


def print_roles(found: dict[str, Any]) -> None:
    """Each role with its holders and its checklist; then who was asked."""
    console = terminal()
    for item in found["items"]:
        holders = ", ".join(_holder(one) for one in item["holders"]) or "nobody"
        console.print(Text.assemble((item["title"], "bold"), ": ", plain(holders)))
        for duty in item["duties"]:
            by = f" ({duty['by']})" if duty["done"] else ""
            console.print(plain(f"  [{'x' if duty['done'] else ' '}] {duty['text']}{by}"))
    for request in found["requests"]:
        people = ", ".join(request["people"])
        console.print(plain(f"Request {request['number']}: {request['by']} asks {people} to be {request['role']}"))


def print_participants(found: dict[str, Any]) -> None:
    console = terminal()
    for item in found["items"]:
        roles = f" ({', '.join(item['roles'])})" if item["roles"] else ""
        console.print(plain(f"{item['person']}{roles}"))
    if not found["items"]:
        console.print("Nobody takes part.")


def print_draft(found: dict[str, Any], written: dict[str, str]) -> None:
    """The message as it would look, with what is missing and who would hear it."""
    console = terminal()
    values = {one["name"]: one["value"] for one in found["fields"]} | written
    console.print(plain_lines(rendered(MessageKind(found["kind"]), values)))
    missing = [one for one in found["missing"] if not written.get(one, "").strip()]
    if missing:
        console.print(Text.assemble(("Missing: ", "bold yellow"), plain(", ".join(missing))))
    for one in found["audiences"]:
        mark = "*" if one["usual"] else " "
        console.print(plain(f"{mark} {one['key']}: {one['label']} ({one['detail']})"))


def print_said(found: dict[str, Any]) -> None:
    """What was sent and what became of it, and what is promised."""
    console = terminal()
    for item in found["items"]:
        became = f"{item['delivered']} of {item['told']} delivered"
        failed = f", {item['failed']} failed" if item["failed"] else ""
        to = ", ".join(item["audiences"])
        console.print(plain(f"{item['number']}. {item['kind']} by {item['by']} to {to}: {became}{failed}"))
    if found["promise"] is not None:
        late = ", overdue" if found["promise"]["overdue"] else ""
        console.print(plain(f"The next update is promised for {found['promise']['due']}{late}."))


def print_subscriptions(items: list[dict[str, Any]]) -> None:
    console = terminal()
    if not items:
        console.print("Nobody has subscribed.")
        return
    table = Table(box=None, header_style="bold", pad_edge=False)
    for heading in ("Who", "By", "Address", "Services", "At least", "Messages", "Id"):
        table.add_column(heading, overflow="fold")
    for item in items:
        services, messages = ", ".join(item["services"]) or "all", ", ".join(item["messages"])
        cells = (item["person"], item["target"], item["address"], services, item["at_least"], messages, item["id"])
        table.add_row(*(plain(cell) for cell in cells))
    console.print(table)


def plain_lines(text: str) -> Text:
    """Several lines, each printed as it is."""
    return Text("\n").join(plain(line) for line in text.split("\n"))


def _holder(one: dict[str, Any]) -> str:
    return f"{one['person']} ({one['domain']})" if one["domain"] else one["person"]
