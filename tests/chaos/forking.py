"""Has everything imported that `covet-sre serve` needs, and forks a server for each line that it reads: a start in a
third of the time. `forking.py` is a process of its own; what it forks are real processes, which open everything anew.

A line is JSON: `arguments` of the command line, and the `log` to write to. The answer is the process id.
"""

import ctypes
import json
import os
import signal
import sys

_PR_SET_PDEATHSIG = 1


def main() -> None:

    # Whoever ends is reaped at once: a kill -9 is over when the process is gone.
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    print("ready", flush=True)
    for line in sys.stdin:
        asked = json.loads(line)
        parent, child = os.getpid(), os.fork()
        if child:
            print(child, flush=True)
            continue
        _serve(asked["arguments"], asked["log"], parent)
    os._exit(0)


def _serve(arguments: list[str], log: str, parent: int) -> None:
    status = 1
    try:
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent:
            os._exit(1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        written = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
        nothing = os.open(os.devnull, os.O_RDONLY)
        for source, place in ((nothing, 0), (written, 1), (written, 2)):
            os.dup2(source, place)
        from covet_sre.cli.main import main as command

        sys.argv = ["covet-sre", *arguments]
        command()
    except SystemExit as left:
        status = left.code if isinstance(left.code, int) else 1
    except BaseException:  # noqa: BLE001 - it goes to the log, and the process ends
        import traceback

        traceback.print_exc()
    finally:
        sys.stderr.flush()
        os._exit(status)


if __name__ == "__main__":
    main()
