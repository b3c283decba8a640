"""Install a built collection into one new environment, only from its wheelhouse.

    python benchmarks/check_collection.py WHEELHOUSE REQUIREMENTS --python python3.12

Prints the result of `pip check`, and the imported modules of each top-level package.
"""

import argparse
import subprocess
import tempfile
from pathlib import Path

_IMPORT = """
import importlib, importlib.metadata as metadata, sys
files = metadata.distribution(sys.argv[1]).files or []
tops = {f.parts[0].removesuffix(".py") for f in files if f.suffix == ".py" and ".dist-info" not in f.parts[0]}
names = sorted(name for name in tops if name.isidentifier())
for name in names:
    importlib.import_module(name)
print(", ".join(names))
"""


def main() -> None:
    """Check all requirements of the file together."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("wheelhouse", type=Path)
    parser.add_argument("requirements", type=Path)
    parser.add_argument("--python", required=True, help="interpreter that the wheels are for")
    args = parser.parse_args()
    names = args.requirements.read_text().split()
    with tempfile.TemporaryDirectory() as folder:
        _run([args.python, "-m", "venv", folder])
        python = str(Path(folder, "bin", "python"))
        pip = [python, "-m", "pip", "--isolated", "--disable-pip-version-check"]
        _run([*pip, "install", "--quiet", "--no-index", "--find-links", str(args.wheelhouse), *names])
        _run([*pip, "check"])
        print(f"{len(names)} packages and what they need: installed, pip check clean")
        for name in names:
            print(f"{name}: imported {_run([python, '-c', _IMPORT, name]).strip()}", flush=True)


def _run(command: list[str]) -> str:
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    if result.returncode:
        raise SystemExit(f"{' '.join(command[:6])}: {result.stdout}{result.stderr}")
    return result.stdout


if __name__ == "__main__":
    main()
