"""Whom an event is about: by the addresses of those who take part, else by the names in its title."""

import re
from collections.abc import Iterable, Mapping

from covet_sre.integrations.calendars.components import Component, Property
from covet_sre.oncall.directory import Directory
from covet_sre.oncall.people import Person


class PeopleOfCalendar:
    """Knows the people of a directory by address and by name."""

    def __init__(self, directory: Directory) -> None:
        people = directory.people.values()
        self._by_address = {one.addresses["email"].casefold(): one.name for one in people if "email" in one.addresses}
        self._names = _names(people)
        words = sorted(self._names, key=len, reverse=True)
        self._in_title = re.compile(r"(?<!\w)(?:" + "|".join(map(re.escape, words)) + r")(?!\w)") if words else None

    def about(self, event: Component) -> tuple[str, ...]:
        """The one person that it is about; several where it is not clear, none where nobody is known.

        A title that names one person counts before the list of those who were invited.
        """
        title = event.text("SUMMARY").casefold()
        named = self._named(title)
        if len(named) == 1:
            return named
        invited = [self._invited(one) for one in event.all_of("ATTENDEE")]
        found = tuple(dict.fromkeys(name for name in invited if name))
        return (
            found or named or tuple(name for name in (self._invited(one) for one in event.all_of("ORGANIZER")) if name)
        )

    def _named(self, title: str) -> tuple[str, ...]:
        addresses = [name for address, name in self._by_address.items() if address in title]
        words = self._in_title.findall(title) if self._in_title and not addresses else []
        return tuple(dict.fromkeys([*addresses, *(self._names[word] for word in words)]))

    def _invited(self, attendee: Property) -> str:
        address = attendee.value.strip().casefold().removeprefix("mailto:")
        return self._by_address.get(address) or self._names.get(attendee.parameters.get("CN", "").casefold(), "")


def _names(people: Iterable[Person]) -> Mapping[str, str]:
    """Names as they may be written, without those that several people share."""
    found: dict[str, set[str]] = {}
    for person in people:
        for word in {person.name.casefold(), person.display_name.casefold()}:
            found.setdefault(word, set()).add(person.name)
    return {word: next(iter(names)) for word, names in found.items() if len(names) == 1 and word}
