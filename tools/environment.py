"""Makes and renews `.make/NAME`, the environment of one command: its pinned packages and our two wheels.

Only the standard library is used, because this runs before anything is installed. Both steps are keyed by content: the
packages by `requirements/NAME.txt`, the wheels by the sources. An environment that is already right costs a few
milliseconds, and one that was interrupted is made again.
"""

import argparse
import fcntl
import hashlib
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
DISTRIBUTIONS = (ROOT / "sdk", ROOT)
#: What ends up in a wheel, or decides how it is built.
SOURCES = (
    "pyproject.toml",
    "README.md",
    "LICENSE",
    "src",
    "examples",
    "sdk/pyproject.toml",
    "sdk/README.md",
    "sdk/src",
)
OLDEST_PYTHON = (3, 11)


class CannotPrepare(Exception):
    """The machine lacks something that only its owner can add; the message is the remedy."""


class Environment:
    """One folder below `.make`: a virtual environment, the wheels in it, and the keys of what it was made from."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.requirements = ROOT / "requirements" / f"{name}.txt"
        self.folder = ROOT / ".make" / name
        self.python = self.folder / "venv" / "bin" / "python"

    def prepare(self, *, with_wheels: bool) -> None:
        """Bring packages and wheels up to date. Raises CannotPrepare, or CalledProcessError when pip refuses."""
        self.folder.parent.mkdir(exist_ok=True)
        with self.folder.with_suffix(".lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)  # one command may be typed twice
            self._renew(with_wheels=with_wheels)

    def _renew(self, *, with_wheels: bool) -> None:
        packages_key = _key_of([self.requirements], sys.version, str(ROOT))
        if not (self._is_current("packages", packages_key) and self.python.exists()):
            self._make_packages()
            self._record("packages", packages_key)
        if with_wheels:
            product_key = _key_of(_source_files(), packages_key)
            if not self._is_current("product", product_key):
                self._install_product()
                self._record("product", product_key)

    def _make_packages(self) -> None:
        _require_venv()
        started = time.monotonic()
        print(f"Preparing .make/{self.name} (pinned packages, hashes checked) ...", flush=True)
        shutil.rmtree(self.folder, ignore_errors=True)
        _run(sys.executable, "-m", "venv", str(self.folder / "venv"))
        self._pip("install --require-hashes --no-deps --only-binary :all: --requirement", self.requirements)
        print(f"Preparing .make/{self.name} took {time.monotonic() - started:.0f} s", flush=True)

    def _install_product(self) -> None:
        """Build both wheels with the pinned hatchling, and install their files: nothing refers to the checkout."""
        wheels = self.folder / "wheels"
        shutil.rmtree(wheels, ignore_errors=True)
        self._pip("wheel --no-index --no-deps --no-build-isolation --wheel-dir", wheels, *DISTRIBUTIONS)
        self._pip("install --no-index --no-deps --force-reinstall", *sorted(wheels.glob("*.whl")))

    def _pip(self, options: str, *paths: Path) -> None:
        # -qq: errors alone are printed, not the warnings that a machine's own pip settings may cause
        _run(str(self.python), "-m", "pip", "--disable-pip-version-check", "-qq", *options.split(), *map(str, paths))

    def _is_current(self, step: str, key: str) -> bool:
        record = self.folder / f"{step}.key"
        return record.exists() and record.read_text() == key

    def _record(self, step: str, key: str) -> None:
        (self.folder / f"{step}.key").write_text(key)


def _source_files() -> Iterator[Path]:
    for source in SOURCES:
        path = ROOT / source
        candidates = sorted(path.rglob("*")) if path.is_dir() else [path]
        yield from (file for file in candidates if file.is_file() and "__pycache__" not in file.parts)


def _key_of(files: Iterator[Path] | list[Path], *more: str) -> str:
    digest = hashlib.sha256("\0".join(more).encode())
    for file in files:
        content = file.read_bytes()
        digest.update(f"\0{file.relative_to(ROOT)}\0{len(content)}\0".encode() + content)
    return digest.hexdigest()


def _require_venv() -> None:
    """Debian and Ubuntu split `venv` off: without its package, making an environment ends half-way."""
    if find_spec("ensurepip") is None:
        package = f"python{sys.version_info.major}.{sys.version_info.minor}-venv"
        raise CannotPrepare(f"this Python has no venv; type: sudo apt-get install -y {package}")


def _run(*command: str) -> None:
    subprocess.run(command, check=True, cwd=ROOT)


def main() -> int:
    """Prepare the named environment; exit status 0, or 1 with the remedy on standard error."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("name", help="the environment: a file requirements/NAME.txt")
    parser.add_argument("--packages-only", action="store_true", help="leave our own wheels out")
    arguments = parser.parse_args()
    if sys.version_info < OLDEST_PYTHON:
        print("Python 3.11 or newer is needed", file=sys.stderr)
        return 1
    try:
        Environment(arguments.name).prepare(with_wheels=not arguments.packages_only)
    except CannotPrepare as problem:
        print(problem, file=sys.stderr)
        return 1
    except subprocess.CalledProcessError as problem:
        print(f"failed: {' '.join(problem.cmd)}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
