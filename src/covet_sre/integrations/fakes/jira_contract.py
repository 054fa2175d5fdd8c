"""Jira's REST API v2, as far as issues, comments and transitions go."""

import base64
import re
from typing import Any

from covet_sre.integrations.fakes.scripted_provider import Answer, Breach, Received, hold

_PATH = re.compile(r"/rest/api/2/(?:(search(?:/jql)?)|issue(?:/([A-Z]+-\d+)/(comment|transitions))?)")
_QUERY = re.compile(r'labels = "([\w-]+)"')


class JiraContract:
    """`issues` by key, each with its `comments` and its `status`. `is_cloud`: its search is where Cloud has it."""

    def __init__(self, user: str, token: str, *, is_cloud: bool = True) -> None:
        self._authorization = "Basic " + base64.b64encode(f"{user}:{token}".encode()).decode()
        self._search = "search/jql" if is_cloud else "search"
        self.issues: dict[str, dict[str, Any]] = {}

    def take(self, request: Received) -> Answer:
        hold(request.headers.get("authorization") == self._authorization, "unauthorized")
        found = _PATH.fullmatch(request.path)
        hold(found, "not found")
        assert found is not None
        search, key, below = found.groups()
        if search:
            return self._found(request, search)
        if key is None:
            hold(request.method == "POST", "not found")
            return self._made(request)
        hold(key in self.issues, "not found")
        match (request.method, below):
            case ("GET", "comment"):
                return Answer(200, {"comments": self.issues[key]["comments"]})
            case ("POST", "comment"):
                return self._commented(request, key)
            case ("GET", "transitions"):
                return Answer(200, {"transitions": self._transitions(key)})
            case ("POST", "transitions"):
                return self._moved(request, key)
            case _:
                raise Breach("not found")

    def refuse(self, breach: Breach) -> Answer:
        statuses = {"unauthorized": 401, "not found": 404}
        return Answer(statuses.get(str(breach), 400), {"errorMessages": [str(breach)], "errors": {}})

    def _found(self, request: Received, search: str) -> Answer:
        if search != self._search:
            return Answer(410, {"errorMessages": ["The requested API has been removed."]})
        query = _QUERY.fullmatch(request.query.get("jql", ""))
        hold(query, "the query cannot be read")
        assert query is not None
        keys = [key for key, issue in self.issues.items() if query[1] in issue["fields"].get("labels", [])]
        return Answer(200, {"issues": [{"key": key} for key in keys[:1]]})

    def _made(self, request: Received) -> Answer:
        fields = request.document().get("fields")
        hold(isinstance(fields, dict), "fields are missing")
        assert isinstance(fields, dict)
        hold(fields.get("project", {}).get("key") and fields.get("issuetype", {}).get("name"), "project, issuetype")
        summary = fields.get("summary")
        hold(isinstance(summary, str) and 0 < len(summary) < 256 and "\n" not in summary, "summary")
        hold(len(fields.get("description", "")) <= 32_767, "description is too long")
        hold(all(re.fullmatch(r"\S{1,255}", label) for label in fields.get("labels", [])), "a label has a space")
        key = f"{fields['project']['key']}-{len(self.issues) + 1}"
        self.issues[key] = {"fields": fields, "comments": [], "status": "new"}
        return Answer(201, {"id": str(len(self.issues)), "key": key})

    def _commented(self, request: Received, key: str) -> Answer:
        body = request.document().get("body")
        hold(isinstance(body, str) and 0 < len(body) <= 32_767, "body")
        self.issues[key]["comments"].append({"body": body})
        return Answer(201, {"body": body})

    def _transitions(self, key: str) -> list[dict[str, Any]]:
        if self.issues[key]["status"] == "done":
            return []
        ways = {"11": "indeterminate", "31": "done"}
        return [{"id": number, "to": {"statusCategory": {"key": where}}} for number, where in ways.items()]

    def _moved(self, request: Received, key: str) -> Answer:
        number = request.document().get("transition", {}).get("id")
        where = {one["id"]: one["to"]["statusCategory"]["key"] for one in self._transitions(key)}
        hold(number in where, "it is not valid from here")
        self.issues[key]["status"] = where[str(number)]
        return Answer(204)
