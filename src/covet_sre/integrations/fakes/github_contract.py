"""GitHub's REST API, as far as issues and their comments go."""

import re
from typing import Any

from covet_sre.integrations.fakes.scripted_provider import Answer, Breach, Received, hold

_ISSUE = re.compile(r"/repos/([\w.-]+/[\w.-]+)/issues(?:/(\d+)(/comments)?)?")


class GitHubContract:
    """`issues` and `comments` (by the number of their issue), in the order in which they were made."""

    def __init__(self, token: str) -> None:
        self._token = token
        self.issues: list[dict[str, Any]] = []
        self.comments: dict[int, list[dict[str, Any]]] = {}

    def take(self, request: Received) -> Answer:
        hold(request.headers.get("authorization") == f"Bearer {self._token}", "Bad credentials")
        hold(request.headers.get("user-agent"), "GitHub wants a User-Agent")
        found = _ISSUE.fullmatch(request.path)
        hold(found, "Not Found")
        assert found is not None
        number = int(found[2]) if found[2] else None
        match (request.method, number, found[3]):
            case ("GET", None, None):
                return self._listed(request)
            case ("POST", None, None):
                return self._made(request, found[1])
            case ("PATCH", int(), None):
                return self._changed(request, number)
            case ("GET", int(), "/comments"):
                return Answer(200, self.comments.get(number, []))
            case ("POST", int(), "/comments"):
                return self._commented(request, number)
            case _:
                raise Breach("Not Found")

    def refuse(self, breach: Breach) -> Answer:
        statuses = {"Bad credentials": 401, "Not Found": 404}
        return Answer(statuses.get(str(breach), 422), {"message": str(breach)})

    def _listed(self, request: Received) -> Answer:
        hold(request.query.get("state") == "all", "closed issues are looked at too")
        size = int(request.query.get("per_page", "30"))
        hold(size <= 100, "per_page is 100 at most")
        return Answer(200, list(reversed(self.issues))[:size])

    def _made(self, request: Received, repository: str) -> Answer:
        said = request.document()
        hold(said.keys() <= {"title", "body", "labels", "assignees", "milestone"}, "unknown fields")
        title, body = said.get("title"), said.get("body", "")
        hold(isinstance(title, str) and 0 < len(title) <= 256, "title is too long, or missing")
        hold(isinstance(body, str) and len(body) <= 65_536, "body is too long")
        number = len(self.issues) + 1
        # Its numbers have no gap here; the address is the one that people open.
        address = f"https://github.com/{repository}/issues/{number}"
        self.issues.append({**said, "number": number, "html_url": address, "state": "open"})
        return Answer(201, self.issues[-1])

    def _changed(self, request: Received, number: int) -> Answer:
        said = request.document()
        hold(0 < number <= len(self.issues), "Not Found")
        hold(said.get("state") in ("open", "closed"), "state is open or closed")
        hold(said.get("state_reason", "completed") in ("completed", "not_planned", "reopened"), "state_reason")
        self.issues[number - 1] |= said
        return Answer(200, self.issues[number - 1])

    def _commented(self, request: Received, number: int) -> Answer:
        body = request.document().get("body")
        hold(0 < number <= len(self.issues), "Not Found")
        hold(isinstance(body, str) and 0 < len(body) <= 65_536, "body is too long, or missing")
        self.comments.setdefault(number, []).append({"body": body})
        return Answer(201, {"body": body})
