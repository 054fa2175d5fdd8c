"""Why a request is not taken, before it takes the form that its sender understands."""


class Trouble(Exception):
    """`code` is explained in docs/errors.md. `retry_after_seconds` with a status that asks to come again."""

    def __init__(
        self, status: int, code: str, problem: str, remedy: str = "", *, retry_after_seconds: int | None = None
    ) -> None:
        self.status, self.code, self.problem, self.remedy = status, code, problem, remedy
        self.retry_after_seconds = retry_after_seconds
        super().__init__(problem)


def overloaded(problem: str, seconds: int = 5) -> Trouble:
    """Come again. Never 429 or another 4xx: Alertmanager drops what gets one."""
    return Trouble(503, "overloaded", problem, "send it again after a few seconds", retry_after_seconds=seconds)


def unauthorized() -> Trouble:
    """The operator set a secret, and the request does not show it."""
    return Trouble(401, "unauthorized", "the secret of this address is missing or wrong", "send it as a bearer token")
