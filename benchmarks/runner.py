"""Which benchmarks there are, and how one is run: in a process of its own, so that none warms the next one's caches
or inherits its memory.
"""

import ast
import importlib
import multiprocessing
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

from benchmarks.report import Outcome
from benchmarks.result import Result


def benchmark_names(folder: Path) -> list[str]:
    """The modules of the folder that define `run` at their top level, by name."""
    return sorted(path.stem for path in folder.glob("*.py") if _defines_run(ast.parse(path.read_text())))


def measure(folder: Path, name: str) -> Outcome:
    """Run one benchmark in a fresh process. Whatever goes wrong in it is an outcome, and the others go on."""
    subject = (ast.get_docstring(ast.parse((folder / f"{name}.py").read_text())) or "").partition("\n")[0]
    fresh = multiprocessing.get_context("spawn")
    try:
        with ProcessPoolExecutor(max_workers=1, mp_context=fresh) as process:
            results = process.submit(_run_here, f"{folder.name}.{name}").result()
    except Exception as problem:  # noqa: BLE001 (a benchmark may raise anything; it is printed and fails the run)
        return Outcome(name, subject, failure=" ".join(f"{type(problem).__name__}: {problem}".split()))
    return Outcome(name, subject, tuple(results))


def _run_here(module: str) -> list[Result]:
    run: Callable[[], list[Result]] = importlib.import_module(module).run
    return run()


def _defines_run(module: ast.Module) -> bool:
    return any(isinstance(node, ast.FunctionDef) and node.name == "run" for node in module.body)
