"""The Prometheus HTTP API: one call in, its checked `data` out, with every way it goes wrong told plainly."""

import json
import time
from collections.abc import Callable, Mapping
from typing import Any, cast
from urllib.parse import urlencode

from covet_sre.errors import SourceMisanswered
from covet_sre.integrations.address import Address, clipped
from covet_sre.integrations.bounded_http import HttpClient
from covet_sre.integrations.reply import Limits, Reply, refused_status

# Remarks on the expression (Prometheus 2.47 and newer). Every other warning says that data may be missing.
_REMARKS = ("PromQL warning:", "PromQL info:")


class PrometheusApi:
    """Calls of one server's HTTP API, one at a time. `address` may have a path, as Mimir's `/prometheus` does."""

    def __init__(self, client: HttpClient) -> None:
        self._client = client
        self._path, self._query = client.address.path.rstrip("/"), client.address.query

    @classmethod
    def at(
        cls,
        address: str,
        limits: Limits,
        *,
        headers: Mapping[str, str] | None = None,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> "PrometheusApi":
        """Raises ValueError when the address is none."""
        return cls(
            HttpClient(
                Address.parse(address),
                limits,
                headers=headers,
                monotonic=monotonic,
                secrets=(headers or {}).values(),
            )
        )

    @property
    def shown_address(self) -> str:
        """The server's address as it may be shown."""
        return self._client.address.shown

    def query(self, expression: str, at_seconds: float) -> Any:
        """`data` of an instant query: its `resultType` and `result`."""
        return self._post("/api/v1/query", {"query": expression, "time": f"{at_seconds:.3f}"})

    def query_range(self, expression: str, start_seconds: int, end_seconds: int, step_seconds: int) -> Any:
        """`data` of a range query at start, start + step, ... up to and with end."""
        form = {"query": expression, "start": start_seconds, "end": end_seconds, "step": step_seconds}
        return self._post("/api/v1/query_range", {name: str(value) for name, value in form.items()})

    def get(self, path: str, parameters: Mapping[str, str] | list[tuple[str, str]]) -> Any:
        """`data` of any other reading call, `/api/v1/series` for example."""
        return self._checked(self._client.exchange("GET", self._with_query(path, urlencode(parameters))))

    def close(self) -> None:
        self._client.close()

    def _post(self, path: str, form: Mapping[str, str]) -> Any:
        body = urlencode({**form, "timeout": f"{self._client.limits.timeout_seconds:g}s"}).encode("ascii")
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        return self._checked(self._client.exchange("POST", self._with_query(path, ""), body, headers))

    def _with_query(self, path: str, query: str) -> str:
        both = "&".join(part for part in (self._query, query) if part)
        return f"{self._path}{path}" + (f"?{both}" if both else "")

    def _checked(self, reply: Reply) -> Any:
        """The answer's `data`, once nothing says that it is wrong or partial."""
        where = self.shown_address
        if refusal := refused_status(reply, where):
            raise refusal
        try:
            document = json.loads(reply.body.decode("utf-8"))
        except (ValueError, RecursionError) as wrong:
            raise self._no_json(reply) from wrong
        if not isinstance(document, dict):
            raise self._unusable("its answer is JSON, but not of the Prometheus API")
        fields = cast("dict[str, Any]", document)
        if fields.get("status") != "success" or "data" not in fields:
            said = clipped(str(fields.get("error", "")), 500)
            raise self._unusable(
                f"it refuses the query: {said}" if said else "its answer is JSON, but not of the Prometheus API"
            )
        self._refuse_partial(fields)
        return fields["data"]

    def _refuse_partial(self, fields: Mapping[str, Any]) -> None:
        warnings = fields.get("warnings") or []
        texts = [str(text) for text in warnings] if isinstance(warnings, list) else [str(warnings)]
        missing = [text for text in texts if not text.startswith(_REMARKS)]
        if fields.get("isPartial"):  # VictoriaMetrics' cluster says it so.
            missing.append("isPartial")
        if missing:
            raise SourceMisanswered(
                f"its answer may be partial, so nothing of it was counted: {clipped('; '.join(missing), 500)}",
                where=self.shown_address,
                remedy="look at the stores behind it; it is asked again at the next reading",
            )

    def _no_json(self, reply: Reply) -> SourceMisanswered:
        if not reply.body:
            return self._unusable("its answer is empty")
        page = reply.content_type == "text/html" or reply.body.lstrip()[:1] == b"<"
        what = "a page of HTML (a sign-in page?)" if page else "no JSON"
        return self._unusable(f"it answers {what} where the Prometheus API answers JSON")

    def _unusable(self, problem: str) -> SourceMisanswered:
        return SourceMisanswered(
            problem, where=self.shown_address, remedy="check that the address is that of a Prometheus API"
        )
