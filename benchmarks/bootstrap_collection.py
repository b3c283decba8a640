r"""Bootstrap a real collection with fromager-gen and with Fromager, against the same index, and compare the graphs.

    python benchmarks/bootstrap_collection.py FOLDER --fromager VENV/bin/fromager --python 3.12 \
        -r requirements.txt -c constraints.txt --change 'idna<3.20'

Prints a table with four runs: cold, unchanged, in a new folder and home with only the disk cache, and after one more
constraint. Then prints the differences between the two graphs. FOLDER keeps all logs and outputs, and must be new.
"""

import argparse
import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from measure import HEADER, Row, run

from fromager_gen.bazel import find_bazel

# Default folders of rustup and cargo below the real home folder.
_RUST = {"CARGO_HOME": ".cargo", "RUSTUP_HOME": ".rustup"}


def main() -> None:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--fromager", type=Path, help="Fromager's program; without it only ours is measured")
    parser.add_argument("--python", required=True, help="version that the collection is for, and Fromager runs with")
    parser.add_argument("-r", "--requirements", type=Path, required=True)
    parser.add_argument("-c", "--constraints", type=Path)
    parser.add_argument("--change", help="one more constraint, for the last run")
    parser.add_argument("--goals", default="0.45 0.15 0.05", help="goals for cold, second and cached")
    args = parser.parse_args()
    args.folder = args.folder.resolve()
    args.folder.mkdir(parents=True)
    print(HEADER)
    for row in _rows(args):
        print(row, flush=True)
    if args.fromager:
        print(_difference(*(args.folder / name / "work-dir" / "graph.json" for name in ("elsewhere", "fromager"))))
    for name in ("ours", "elsewhere"):
        workspace = args.folder / name / "work-dir" / "workspace"
        run([find_bazel(workspace).program, "shutdown"], workspace, args.folder / "shutdown.log", **_home(args, name))


def _rows(args: argparse.Namespace) -> Iterator[Row]:
    cold, second, cached = (f"≤ {goal}" for goal in args.goals.split())
    # The second run of each program follows its first. Ten minutes later, the machine might have reclaimed memory of
    # idle programs.
    ours, ours_again = _ours(args, "ours"), _ours(args, "ours")
    theirs, theirs_again = _theirs(args), _theirs(args)
    yield Row("bootstrap, cold", ours, theirs, cold)
    yield Row("again, nothing changed", ours_again, theirs_again, second)
    what = "fresh folder and home, with the disk cache, against Fromager's cold run"
    yield Row(what, _ours(args, "elsewhere"), theirs, cached)
    if args.change:
        changed = args.folder / "changed.txt"
        changed.write_text(f"{args.change}\n")
        yield Row(f"after the constraint {args.change}", _ours(args, "ours", changed), None, "")


def _home(args: argparse.Namespace, name: str) -> dict[str, str]:
    """Return the variables of a separate home, with empty caches of pages, facts, outputs and repositories."""
    home = args.folder / f"home-{name}"
    home.mkdir(exist_ok=True)
    rust = {name: os.environ.get(name, str(Path.home() / place)) for name, place in _RUST.items()}
    return {"HOME": str(home), "XDG_CACHE_HOME": str(home / ".cache"), **rust}


def _constraints(args: argparse.Namespace, more: Path | None = None) -> list[str | Path]:
    return [word for file in (args.constraints, more) if file for word in ("-c", file.resolve())]


def _ours(args: argparse.Namespace, name: str, more: Path | None = None) -> float:
    folder = args.folder / name
    folder.mkdir(exist_ok=True)
    command = [sys.executable, "-m", "fromager_gen", "--python", args.python, *_constraints(args, more), "bootstrap"]
    disk = f"--bazel-option=--disk_cache={args.folder / 'disk-cache'}"
    arguments = ["-r", args.requirements.resolve(), disk]
    return run([*command, *arguments], folder, args.folder / f"{name}.log", **_home(args, name))


def _theirs(args: argparse.Namespace) -> float | None:
    if not args.fromager:
        return None
    folder = args.folder / "fromager"
    folder.mkdir(exist_ok=True)
    program = args.fromager.resolve()
    command = [program, "--network-isolation", *_constraints(args), "bootstrap", "-r", args.requirements.resolve()]
    path = f"{program.parent}:{os.environ['PATH']}"
    return run(command, folder, args.folder / "fromager.log", PATH=path)


def _difference(ours: Path, theirs: Path) -> str:
    """Describe the differences between two graphs: packages, and edges as (from, to, type, requirement)."""
    graphs = [json.loads(path.read_text()) for path in (ours, theirs)]
    nodes = [set(graph) for graph in graphs]
    edges = [_edges(graph) for graph in graphs]
    rows = [f"\npackages: {len(nodes[0]) - 1} and {len(nodes[1]) - 1}; edges: {len(edges[0])} and {len(edges[1])}"]
    for name, kind in (("packages", nodes), ("edges", edges)):
        rows += [
            f"only ours, {name}: {sorted(kind[0] - kind[1])}",
            f"only Fromager's, {name}: {sorted(kind[1] - kind[0])}",
        ]
    return "\n".join(rows)


def _edges(graph: dict[str, Any]) -> set[tuple[str, str, str, str]]:
    return {(key, e["key"], e["req_type"], e["req"]) for key, node in graph.items() for e in node["edges"]}


if __name__ == "__main__":
    main()
