"""Starts the order service: `python service.py --port 0` prints one line of JSON with its address when it is ready."""

import argparse
import asyncio
import json
import os
import signal
import socket
import sys
import tempfile
import threading
from pathlib import Path

import uvicorn
from orders.application import Settings, build


def read_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="The order service of Covet SRE's example, on CovetPy.")
    parser.add_argument("--port", type=int, default=0, help="port on 127.0.0.1; 0 takes a free one")
    parser.add_argument("--database", default="", help="path of the SQLite file; by default a temporary one")
    parser.add_argument("--seed", type=int, default=1, help="seed of faults and of the normal day's failures")
    parser.add_argument("--calm", action="store_true", help="no failures of a normal day: only faults disturb")
    parser.add_argument("--report-every-seconds", type=float, default=120.0)
    parser.add_argument("--until-stdin-closes", action="store_true", help="end when the parent does")
    return parser.parse_args()


async def serve(settings: Settings, port: int, until_stdin_closes: bool) -> None:
    """Serve on 127.0.0.1 until a signal arrives or, if asked for, until standard input closes."""
    with socket.create_server(("127.0.0.1", port), backlog=512) as listener:
        config = uvicorn.Config(
            build(settings),
            access_log=False,
            log_level="warning",
            lifespan="on",
            # Longer than the traffic leaves a connection idle: none is closed just as a request leaves on it.
            timeout_keep_alive=600,
        )
        server = uvicorn.Server(config)
        if until_stdin_closes:
            threading.Thread(target=_end_with_stdin, args=(server,), daemon=True).start()
        serving = asyncio.create_task(server.serve(sockets=[listener]))
        while not server.started and not serving.done():
            await asyncio.sleep(0.01)
        if server.started:
            url = f"http://127.0.0.1:{listener.getsockname()[1]}"
            print(json.dumps({"url": url, "pid": os.getpid()}), flush=True)
        await serving


def _end_with_stdin(server: uvicorn.Server) -> None:
    # os.read and not sys.stdin: a thread that holds the lock of sys.stdin aborts the interpreter as it ends.
    while os.read(0, 4096):
        pass
    server.should_exit = True


def _leave(_number: int, _frame: object) -> None:
    sys.exit(0)


def main() -> None:
    arguments = read_arguments()
    # uvicorn shuts down in order and then raises the signal again: leave with 0, and remove the temporary folder.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _leave)
    with tempfile.TemporaryDirectory(prefix="covet-orders-") as folder:
        settings = Settings(
            database_path=arguments.database or str(Path(folder) / "orders.db"),
            token=os.environ.get("COVET_DEMO_TOKEN", ""),
            seed=arguments.seed,
            calm=arguments.calm,
            report_every_seconds=arguments.report_every_seconds,
        )
        asyncio.run(serve(settings, arguments.port, arguments.until_stdin_closes))


if __name__ == "__main__":
    main()
