"""Measure the overhead of an action: compare the action of each package with its hook alone in a ready environment.

    python benchmarks/overhead.py WORKSPACE --output-user-root DIR

WORKSPACE is a workspace that was built. build_collection.py keeps one in FOLDER/one, with its output base in
FOLDER/output-one. The command of each action and the hook alone run alternately, three times each, in a separate
network namespace with /tmp/fromager-build in memory. For the hook alone, the environment exists, the source is
unpacked, and a Python with pyproject-hooks calls the backend.
"""

import argparse
import json
import shutil
import statistics
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from fromager_gen.bazel import find_bazel

sys.path.insert(0, str(Path(__file__).parents[1] / "rules"))

from actions.archive.unpack import unpack
from actions.source.project import build_system
from actions.world.world import World

_BY_HAND = """
import json, sys
from pyproject_hooks import BuildBackendHookCaller, quiet_subprocess_runner
source, backend, path, out, python = json.loads(sys.argv[1])
BuildBackendHookCaller(
    source, backend, backend_path=path, python_executable=python, runner=quiet_subprocess_runner
).build_wheel(out)
"""


def main() -> None:
    """Measure every package of a workspace, or one package with --inside."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("workspace", type=Path)
    parser.add_argument("--output-user-root", type=Path, required=True)
    parser.add_argument(
        "--longest", type=float, default=15, help="seconds; what takes longer has no overhead to speak of"
    )
    args = parser.parse_args()
    bazel = [find_bazel(args.workspace).program, f"--output_user_root={args.output_user_root.resolve()}"]
    root = _output(args.workspace, [*bazel, "info", "execution_root"]).strip()
    wheels = "mnemonic(FromagerWheel, deps(//:wheelhouse))"
    actions = json.loads(_output(args.workspace, [*bazel, "aquery", "--output=jsonproto", wheels]))["actions"]
    ratios = []
    for action in actions:
        inside = [sys.executable, __file__, "--inside", json.dumps(action["arguments"]), str(args.longest)]
        result = subprocess.run(["unshare", "-rnm", *inside], cwd=root, check=False, capture_output=True, text=True)
        if result.returncode:
            raise SystemExit(result.stderr[-3000:])
        print(result.stdout, end="", flush=True)
        ratios += [float(line.split()[-1]) for line in result.stdout.splitlines() if "too long" not in line]
    print(f"median of {len(ratios)} packages: {statistics.median(ratios):.2f} (goal ≤ 1.2)")


def _output(workspace: Path, command: list[str]) -> str:
    return subprocess.run(command, cwd=workspace, check=True, capture_output=True, text=True).stdout


def measure(arguments: list[str], longest: float) -> None:
    """Print the best times of one package and their ratio. Runs inside the namespace."""
    place = World()
    place.root.mkdir(exist_ok=True)
    subprocess.run(["mount", "-t", "tmpfs", "tmpfs", place.root], check=True)
    out = Path("/tmp/overhead-out")  # noqa: S108 - private to this benchmark
    given = {name: arguments[at + 1] for at, name in enumerate(arguments[:-1]) if name.startswith("--")}
    changed = {given["--out"]: str(out), given["--log"]: str(out / "log")}
    command = [changed.get(argument, argument) for argument in arguments]
    actions, hooks = [], []
    for _ in range(3):
        _empty(place.root, out)
        actions.append(_timed(command, {"LC_ALL": "C.UTF-8", "PYTHONHASHSEED": "0", "TZ": "UTC"}))
        if actions[0] > longest:
            print(f"{given['--package']}: takes too long to matter, {actions[0]:.1f} s")
            return
        hooks.append(_by_hand(place, given))
    action, hook = min(actions), min(hooks)
    print(f"{given['--package']}: action {action:.2f} s, hook {hook:.2f} s, ratio {action / hook:.2f}")


def _by_hand(place: World, given: dict[str, str]) -> float:
    """Call the hook in the environment that the action has just left."""
    for folder in (place.source, place.out, place.root / "tmp"):
        shutil.rmtree(folder)
        folder.mkdir()
    source = unpack(Path(given["--source"]), place.source) / given["--build-dir"]
    system = build_system(source)
    call: list[Any] = [
        str(source),
        system.backend,
        system.backend_path,
        str(place.out),
        str(place.python),
    ]
    rust = [f"{given['--rust-sysroot']}/bin"] if "--rust-sysroot" in given else []
    variables = place.variables(given["--version"], int(given["--jobs"]), given["--package"], rust)
    return _timed([sys.executable, "-c", _BY_HAND, json.dumps(call)], variables)


def _empty(*folders: Path) -> None:
    for folder in folders:
        folder.mkdir(exist_ok=True)
        for path in folder.iterdir():
            shutil.rmtree(path) if path.is_dir() and not path.is_symlink() else path.unlink()


def _timed(command: list[str], env: dict[str, str]) -> float:
    began = time.monotonic()
    result = subprocess.run(command, check=False, capture_output=True, text=True, env=env)
    if result.returncode:
        raise SystemExit(f"{command[:8]}: {result.stderr[-2000:]}")
    return time.monotonic() - began


if __name__ == "__main__":
    if sys.argv[1:2] == ["--inside"]:
        measure(json.loads(sys.argv[2]), float(sys.argv[3]))
    else:
        main()
