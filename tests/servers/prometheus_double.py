"""A small server that answers the Prometheus API as a healthy one would, until one of its places is spoilt."""

import json
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

SERIES = [
    {"__name__": "requests_total", "job": "shop", "instance": "a", "code": "200"},
    {"__name__": "requests_total", "job": "shop", "instance": "a", "code": "500"},
]


class PrometheusDouble:
    """`spoil` makes one place answer something else; the question that opens each connection, `time()`, stays right."""

    def __init__(self) -> None:
        self.ahead_seconds = 0.0
        self.metrics = ["requests_total", "up"]
        self.series: list[dict[str, str]] = SERIES
        self.asked: list[str] = []
        self.flags = {"storage.tsdb.retention.time": "40d"}
        self.authorization = ""
        self._spoilt: dict[str, tuple[int, object]] = {}
        owner = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True

            def do_GET(self) -> None:
                length = int(self.headers.get("Content-Length", "0"))
                form = parse_qs(urlsplit(self.path).query) | parse_qs(self.rfile.read(length).decode())
                if owner.authorization not in ("", self.headers.get("Authorization", "")):
                    self.send_error(401)
                    return
                status, answer = owner.answer(urlsplit(self.path).path, {name: each[0] for name, each in form.items()})
                body = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            do_POST = do_GET

            def log_message(self, format: str, *args: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def spoil(self, place: str, status: int, answer: object) -> None:
        """`place` is the path's end, `/query_range`; an answer of bytes is sent as it is."""
        self._spoilt[place] = (status, answer)

    def answer(self, path: str, form: dict[str, str]) -> tuple[int, object]:
        query = form.get("query", "")
        self.asked.append(f"{path} {query}")
        if query == "time()":
            now = time.time() + self.ahead_seconds
            return 200, _success({"resultType": "scalar", "result": [now, f"{now:.3f}"]})
        for place, spoilt in self._spoilt.items():
            if path.endswith(f"/api/v1{place}"):
                return spoilt
        return 200, _success(self._data(path, query, form))

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def _data(self, path: str, query: str, form: dict[str, str]) -> Any:
        now = time.time() + self.ahead_seconds
        number = "1" if "5.." in query else "1000"
        match path.removeprefix("/api/v1"):
            case "/label/__name__/values":
                return self.metrics
            case "/series":
                return self.series
            case "/metadata":
                return {"requests_total": [{"type": "counter", "help": "", "unit": ""}]}
            case "/status/flags":
                return self.flags
            case "/status/buildinfo":
                return {"version": "2.42.0"}
            case "/targets":
                return {"activeTargets": [], "droppedTargets": []}
            case "/rules":
                return {"groups": []}
            case "/query_range":
                return _matrix({}, [[float(form["end"]), number]])
            case _ if query.endswith("s]"):
                return _matrix(self.series[0], [[now - 15 * ago, "5"] for ago in (3, 2, 1)])
            case _ if query.startswith("group by"):
                return {"resultType": "vector", "result": [{"metric": {"job": "shop"}, "value": [now, "1"]}]}
            case _ if "resets(" in query or "process_start" in query:
                return {"resultType": "vector", "result": []}
            case _:
                return {"resultType": "vector", "result": [{"metric": {}, "value": [now, number]}]}


def _success(data: object) -> dict[str, object]:
    return {"status": "success", "data": data}


def _matrix(labels: dict[str, str], values: list[list[object]]) -> dict[str, object]:
    return {"resultType": "matrix", "result": [{"metric": labels, "values": values}]}
