"""`covet-sre demo`: a CovetPy service, live traffic, and the control plane over it, on a throw-away database."""

import sys
import tempfile
import threading
from pathlib import Path
from typing import TYPE_CHECKING

import click

from covet_sre.cli.client import Client, server_option
from covet_sre.cli.serve import DEFAULT_PORT

if TYPE_CHECKING:
    from covet_sre.app import Server
    from covet_sre.cli.demonstration.faults import ServiceFaults

REQUESTS_PER_SECOND = 40.0


@click.group(invoke_without_command=True)
@click.option("--port", default=DEFAULT_PORT, show_default=True, type=click.IntRange(0, 65535), help="0: a free one.")
@click.option(
    "--speed", default=30.0, show_default=True, type=click.FloatRange(1, 120), help="How fast the clock runs."
)
@click.option("--seed", default=1, show_default=True, type=click.IntRange(0), help="Of traffic, faults and history.")
@click.option("--once", is_flag=True, help="Tell a short story (healthy, fault, alert, incident, recovery) and end.")
@click.pass_context
def demo(context: click.Context, port: int, speed: float, seed: int, once: bool) -> None:
    """Watch a real service keep or break the handbook's objectives; break it yourself, on the page or from here."""
    if context.invoked_subcommand is not None:
        return
    from covet_sre.cli.demonstration.example import require_extra

    require_extra()
    if not _run(port, speed, seed, once):
        sys.exit(1)


@demo.command()
@click.argument("name")
@click.argument("state", type=click.Choice(["on", "off"]))
@server_option
def fault(name: str, state: str, server: str) -> None:
    """Switch a fault of the running demo: errors, slowness, slow-database, late-jobs, database-errors."""
    Client(server).submit(f"/demo/faults/{name}", {"on": "1" if state == "on" else "0"})
    click.echo(f"{name} is {state}")


def _run(port: int, speed: float, seed: int, once: bool) -> bool:
    # Imported here: `covet-sre demo fault` needs none of it.
    from covet_sre.app import FastClock, Server, Settings, start_logging
    from covet_sre.cli.demonstration.example import declaration_for
    from covet_sre.cli.demonstration.faults import ServiceFaults
    from covet_sre.cli.demonstration.past import write_past
    from covet_sre.cli.demonstration.processes import start_example

    start_logging()
    with tempfile.TemporaryDirectory(prefix="covet-sre-demo-") as folder, start_example(seed) as example:
        clock = FastClock(speed)
        faults = ServiceFaults(example.url, example.token)
        requests_per_minute = REQUESTS_PER_SECOND * 60 / speed
        settings = Settings(
            paths=(),
            database_url=f"sqlite:///{Path(folder) / 'demo.db'}",
            port=port or _free_port(),
            speed=speed,
            clock=clock,
            declaration=declaration_for(example.url),
            demo=faults,
            before_start=lambda store, declared, minute: write_past(store, declared, minute, seed, requests_per_minute),
        )
        server = Server(settings)
        example.send_traffic(clock(), speed, REQUESTS_PER_SECOND)
        click.echo(f"A CovetPy service under traffic: {example.url}", err=True)
        click.echo(f"Covet SRE, its clock {speed:g} times as fast: http://127.0.0.1:{settings.port}/", err=True)
        if once:
            return _tell(server, faults)
        click.echo("Break it there or with: covet-sre demo fault errors on   (Ctrl-C ends everything)", err=True)
        server.run()
        return True


def _tell(server: "Server", faults: "ServiceFaults") -> bool:
    from covet_sre.cli.demonstration.story import Story

    web = server.uvicorn_server()
    thread = threading.Thread(target=web.run, daemon=True)
    try:
        server.start()
        thread.start()
        return Story(server.answers, server.desk.incidents, faults).tell()
    finally:
        web.should_exit = True
        server.close()
        thread.join(10)


def _free_port() -> int:
    import socket

    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])
