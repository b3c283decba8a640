"""Build a collection in a new folder and home, with an empty output base and only a remote cache.

    python benchmarks/shared_cache.py GRAPH FOLDER --cache URL --fromager VENV/bin/fromager --python 3.12

Fills the cache, builds again in another folder with another home, and compares the time with that of
`fromager build-parallel -m 2` on the same graph. The second build must run no action but the one that packs the
actions' programs, and its wheels must have the same bytes. FOLDER keeps all logs and outputs, and must be new.
`tools/remote-execution-cluster` starts a cache.
"""

import argparse
import hashlib
import os
import re
import sys
from pathlib import Path

from measure import HEADER, Row, machine_tools, run

from fromager_gen.bazel import find_bazel


def main() -> None:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("graph", type=Path)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--cache", required=True, help="address of the remote cache")
    parser.add_argument("--fromager", type=Path, help="Fromager's program; without it only ours is measured")
    parser.add_argument("--python", required=True, help="version that the graph was made with")
    args = parser.parse_args()
    folder: Path = args.folder.resolve()
    folder.mkdir(parents=True)
    filled = _build(args, folder / "one", "cache")
    shared = _build(args, folder / "two", "cache-readonly")
    _check(folder)
    fromager = _fromager(args, folder) if args.fromager else None
    print(
        HEADER,
        Row("from a graph to wheels, with the cache as it was", filled, fromager, ""),
        Row("new folder and home, only the remote cache", shared, fromager, "≤ 0.03"),
        sep="\n",
    )


def _build(args: argparse.Namespace, place: Path, config: str) -> float:
    """Build all wheels in a folder with its own home, and return the seconds."""
    (place / "home").mkdir(parents=True)
    env = {"HOME": str(place / "home"), "FROMAGER_GEN_BAZEL": find_bazel(place).program, **machine_tools()}
    command = [sys.executable, "-m", "fromager_gen", "--python", args.python]
    run([*command, "remote", "init", "--cache", args.cache, "--no-check"], place, place / "log", **env)
    option = f"--bazel-option=--config={config}"
    seconds = run([*command, "build-parallel", args.graph.resolve(), option], place, place / "log", **env)
    run([env["FROMAGER_GEN_BAZEL"], "shutdown"], place / "work-dir" / "workspace", place / "log", **env)
    return seconds


def _check(folder: Path) -> None:
    """Exit unless the second build ran no action, and has the wheels of the first."""
    actions = re.search(r"; actions: (.*)", (folder / "two" / "log").read_text())
    if actions is None or not re.fullmatch(r"\d+ internal, 1 linux-sandbox, \d+ remote cache hit", actions[1]):
        raise SystemExit(f"the second build ran actions: {actions[1] if actions else 'see its log'}")
    one, two = (_digests(folder / name / "wheels-repo" / "downloads") for name in ("one", "two"))
    print(
        f"{actions[1]}; {sum(two.get(name) == digest for name, digest in one.items())} of {len(one)} wheels are equal"
    )


def _digests(folder: Path) -> dict[str, str]:
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in folder.glob("*.whl")}


def _fromager(args: argparse.Namespace, folder: Path) -> float:
    """Build the graph with Fromager, and return the seconds."""
    theirs = folder / "fromager"
    theirs.mkdir()
    program = args.fromager.resolve()
    command = [program, "--network-isolation", "build-parallel", "-m", "2", args.graph.resolve()]
    return run(command, theirs, folder / "fromager.log", PATH=f"{program.parent}:{os.environ['PATH']}")


if __name__ == "__main__":
    main()
