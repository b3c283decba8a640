r"""Compare the versions that `bootstrap` selected with those of `uv pip compile` and pip, all from sdists.

    python benchmarks/compare_resolvers.py FOLDER --uv VENV/bin/uv --python VENV/bin/python [NAME ...]

FOLDER is the folder of a run of compare_graphs.py, with a bootstrap in FOLDER/NAME/ours. A NAME is a collection in
collections.toml, or a folder in examples/ whose constraints all programs get. pip and uv also build each build
requirement from source, so a collection with Cython takes minutes.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import tomllib
from pathlib import Path

from packaging.utils import canonicalize_name

from fromager_gen.net.index import configured_index

_EXAMPLES = Path(__file__).parents[1] / "examples"


def main() -> None:
    """Compare all collections, or the named ones."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("names", nargs="*")
    parser.add_argument("--uv", type=Path, required=True)
    parser.add_argument("--python", type=Path, required=True, help="interpreter with pip, of the collections' version")
    args = parser.parse_intermixed_args()
    known = tomllib.loads(Path(__file__).with_name("collections.toml").read_text())
    for name in args.names or [name for name in known if (args.folder / name).is_dir()]:
        ours = _pins((args.folder / name / "ours" / "work-dir" / "constraints.txt").read_text())
        requirements = known.get(name) or (_EXAMPLES / name / "requirements.txt").read_text().split()
        file = _EXAMPLES / name / "constraints.txt"
        constraints = ["-c", file] if name not in known and file.exists() else []
        for tool, resolve in (("uv", _uv), ("pip", _pip)):
            theirs = resolve(args, requirements, constraints)
            print(f"{name}: {len(ours)} packages; {tool}: {_difference(ours, theirs)}", flush=True)


def _pins(text: str) -> dict[str, str]:
    lines = (line.partition("#")[0].strip() for line in text.splitlines())
    return {
        str(canonicalize_name(name)): version for name, _, version in (line.partition("==") for line in lines) if name
    }


def _uv(args: argparse.Namespace, requirements: list[str], constraints: list[str | Path]) -> dict[str, str] | str:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "requirements.in")
        file.write_text("\n".join(requirements) + "\n")
        command = [args.uv, "pip", "compile", "--quiet", "--no-header", "--no-annotate", "--no-binary", ":all:"]
        command += ["--python", args.python, "--cache-dir", Path(folder, "cache"), file, *constraints]
        result = _run(command, UV_DEFAULT_INDEX=configured_index(), UV_SYSTEM_CERTS="1")
    return _pins(result.stdout) if not result.returncode else result.stderr[-300:]


def _pip(args: argparse.Namespace, requirements: list[str], constraints: list[str | Path]) -> dict[str, str] | str:
    command = [args.python, "-m", "pip", "install", "--quiet", "--dry-run", "--ignore-installed", "--report", "-"]
    result = _run([*command, "--no-cache-dir", "--no-binary", ":all:", *requirements, *constraints])
    if result.returncode:
        return result.stderr[-300:]
    found = [one["metadata"] for one in json.loads(result.stdout)["install"]]
    return {str(canonicalize_name(one["name"])): one["version"] for one in found}


def _run(command: list[str | Path], **env: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        list(map(str, command)), capture_output=True, text=True, check=False, env={**os.environ, **env}
    )


def _difference(ours: dict[str, str], theirs: dict[str, str] | str) -> str:
    if isinstance(theirs, str):
        return f"found no versions: {theirs}"
    if ours == theirs:
        return "the same versions"
    names = sorted(name for name in ours.keys() | theirs.keys() if ours.get(name) != theirs.get(name))
    return "differs: " + ", ".join(f"{name} {ours.get(name)} against {theirs.get(name)}" for name in names)


if __name__ == "__main__":
    sys.exit(main())
