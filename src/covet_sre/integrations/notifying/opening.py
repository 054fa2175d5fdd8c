"""What a target needs to be opened: its settings, and its secrets out of the environment or of files."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from covet_sre.integrations.address import Address
from covet_sre.integrations.notifying.endpoint import ATTEMPT_SECONDS, Endpoint
from covet_sre.integrations.outbound import FILES, Guard
from covet_sre.oncall.target import NotificationTarget
from covet_sre.ports import Clock

ReadFile = Callable[[str], str]
"""The text of a file; raises OSError or UnicodeError."""


class Unroutable(Exception):
    """A target that cannot be opened as it is declared. Its text says why, without any secret."""


@dataclass(frozen=True, slots=True)
class Opening:
    """One target with the world that it is opened in. `revealed` are the secrets that were read, to be kept quiet."""

    target: NotificationTarget
    environment: Mapping[str, str] = field(repr=False)
    read_file: ReadFile = field(repr=False)
    clock: Clock = field(repr=False)
    attempt_seconds: float = ATTEMPT_SECONDS
    guard: Guard = FILES
    revealed: list[str] = field(default_factory=list[str], repr=False)

    def setting(self, name: str, default: str = "") -> str:
        return self.target.settings.get(name, "").strip() or default

    def needed(self, name: str) -> str:
        """Raises Unroutable when the setting is missing."""
        value = self.setting(name)
        if not value:
            raise Unroutable(f"the setting {name} is not declared")
        return value

    def is_set(self, name: str, *, default: bool) -> bool:
        """Raises Unroutable for what is neither true nor false."""
        value = self.setting(name, str(default)).lower()
        if value not in ("true", "false"):
            raise Unroutable(f"the setting {name} must be true or false")
        return value == "true"

    def address(self, name: str, default: str = "") -> str:
        """A setting that is an http or https address. Raises Unroutable."""
        url = (self.setting(name, default) if default else self.needed(name)).rstrip("/")
        try:
            Address.parse(url)
        except ValueError as wrong:
            raise Unroutable(f"the setting {name}: {wrong}") from None
        return url

    def endpoint(self, url: str, headers: Mapping[str, str] | None = None, answer_bytes: int = 1_000_000) -> Endpoint:
        """Where requests go. Raises Unroutable for headers that cannot be sent."""
        try:
            return Endpoint(url, self.clock, headers or {}, answer_bytes, self.attempt_seconds, self.guard)
        except ValueError as wrong:
            raise Unroutable(str(wrong)) from None

    def secret(self, role: str) -> str:
        """From the variable that the role names, or the file that `<role>_file` does.

        Raises Unroutable when it is not declared, not set, or not readable.
        """
        variable, path = self.target.secrets.get(role, ""), self.target.secrets.get(f"{role}_file", "")
        if not variable and not path:
            raise Unroutable(f"the secret {role} is not declared")
        value = self._from_environment(variable) if variable else self._from_file(path)
        if re.search(r"[\x00-\x1f\x7f]", value):
            raise Unroutable(f"the secret {role} has control characters in it: it must be one line")
        self.revealed.append(value)
        return value

    def secret_if_declared(self, role: str) -> str:
        """Empty when the role is not declared; raises Unroutable as `secret` does when it is."""
        return self.secret(role) if self.declares(role) else ""

    def declares(self, role: str) -> bool:
        return bool(self.target.secrets.get(role) or self.target.secrets.get(f"{role}_file"))

    def _from_environment(self, name: str) -> str:
        value = self.environment.get(name, "").strip()
        if not value:
            raise Unroutable(f"environment variable {name} is not set")
        return value

    def _from_file(self, path: str) -> str:
        try:
            value = self.read_file(path).strip()
        except (OSError, UnicodeError) as failure:
            why = failure.strerror if isinstance(failure, OSError) and failure.strerror else "it is no text"
            raise Unroutable(f"file {path} cannot be read: {why}") from None
        if not value:
            raise Unroutable(f"file {path} is empty")
        return value
