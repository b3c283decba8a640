"""Action: ask a source's backend for its build requirements or metadata, in the world that its wheel is built in."""

import argparse
import json
from pathlib import Path

import arguments
import backend
from backend import Backend
from errors import ActionError


def main(argv: list[str]) -> None:
    """Run the action."""
    parser = arguments.of_backend(__doc__)
    parser.add_argument("--question", required=True, choices=("build_requires", "metadata"))
    parser.add_argument("--out", type=Path, required=True, help="file to write the answer to")
    args = parser.parse_args(argv)
    if args.question == "build_requires":
        backend.call(args, "did not tell its build requirements", lambda ready: _build_requires(args, ready))
    else:
        backend.call(args, "did not tell its metadata", lambda ready: _metadata(args, ready))


def _build_requires(args: argparse.Namespace, ready: Backend) -> None:
    answer = ready.runner.build_requires(ready.project, ready.system, ready.settings)
    if not isinstance(answer, list) or not all(isinstance(requirement, str) for requirement in answer):
        raise ActionError(f"{ready.system.backend} answered {str(answer)[:200]!r} where a list of requirements was due")
    args.out.write_text(json.dumps(answer, indent=1) + "\n", encoding="utf-8")


def _metadata(args: argparse.Namespace, ready: Backend) -> None:
    folder = ready.runner.metadata(ready.project, ready.system, ready.place.out, ready.settings)
    out = ready.place.out.resolve()
    metadata = out / str(folder) / "METADATA"
    if not isinstance(folder, str) or not metadata.is_file() or not metadata.resolve().is_relative_to(out):
        raise ActionError(f"{ready.system.backend} answered {folder!r}, which holds no METADATA")
    args.out.write_bytes(metadata.read_bytes())
