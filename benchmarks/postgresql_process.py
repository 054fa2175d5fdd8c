"""A PostgreSQL of a benchmark's own: as Debian installs it, with every commit on the disk, reached by a socket."""

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Generator
from contextlib import contextmanager
from itertools import count
from pathlib import Path


class Postgresql:
    """A running cluster."""

    def __init__(self, folder: Path, binaries: Path, as_owner: list[str]) -> None:
        self._folder, self._binaries, self._as_owner = folder, binaries, as_owner
        self._numbers = count()

    def new_database(self) -> str:
        """The URL of an empty database."""
        name = f"bench_{next(self._numbers)}"
        self.run("psql", "-h", str(self._folder), "-U", "covet", "-d", "postgres", "-qc", f"CREATE DATABASE {name}")
        return f"postgresql://covet@/{name}?host={self._folder}"

    def run(self, program: str, *arguments: str) -> None:
        """Run one of its programs. Raises RuntimeError with what it says."""
        command = [*self._as_owner, str(self._binaries / program), *arguments]
        log = self._folder / "said"
        with log.open("wb") as said:
            done = subprocess.run(
                command, check=False, stdin=subprocess.DEVNULL, stdout=said, stderr=said, cwd=self._folder, timeout=60
            )
        if done.returncode:
            raise RuntimeError(f"{program}: {log.read_text()[-1000:]}")


@contextmanager
def postgresql() -> Generator[Postgresql]:
    """Make a cluster and start it; both end with the block."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    if not found:
        raise RuntimeError("PostgreSQL is missing: apt-get install postgresql")
    folder = Path(tempfile.mkdtemp(prefix="covet-sre-bench-pg-"))
    as_owner: list[str] = []
    if os.geteuid() == 0:
        # PostgreSQL refuses to run as root.
        owner = pwd.getpwnam("postgres")
        os.chown(folder, owner.pw_uid, owner.pw_gid)
        as_owner = ["setpriv", f"--reuid={owner.pw_uid}", f"--regid={owner.pw_gid}", "--clear-groups"]
    cluster = Postgresql(folder, found[-1].parent, as_owner)
    data = str(folder / "data")
    try:
        cluster.run("initdb", "-D", data, "-U", "covet", "-A", "trust", "-E", "UTF8", "--locale=C")
        settings = f"-c listen_addresses= -c unix_socket_directories={folder}"
        cluster.run("pg_ctl", "-D", data, "-l", str(folder / "log"), "-w", "-o", settings, "start")
        try:
            yield cluster
        finally:
            cluster.run("pg_ctl", "-D", data, "-w", "-m", "immediate", "stop")
    finally:
        shutil.rmtree(folder, ignore_errors=True)
