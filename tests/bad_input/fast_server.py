"""Runs the server as a process on a clock that runs 60 times as fast: `fast_server.py FILES URL PORT BEGAN`.

`BEGAN` is when the fast clock began, in seconds of the wall's: a server that is started again goes on with it.
"""

import sys
import time
from pathlib import Path

from covet_sre.app import FastClock, Server, Settings

SPEED = 60.0


def main() -> None:
    files, database_url, port, began = sys.argv[1:]
    now = float(began) + (time.time() - float(began)) * SPEED
    clock = FastClock(SPEED, now)
    Server(Settings((Path(files),), database_url, port=int(port), speed=SPEED, clock=clock)).run()


if __name__ == "__main__":
    main()
