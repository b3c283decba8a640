"""Action: ask a source's backend for its build requirements or metadata, in the same closed world as its wheel."""

import json
from pathlib import Path

from actions import arguments
from actions.errors import ActionError
from actions.world import backend
from actions.world.backend import Backend


def main(argv: list[str]) -> None:
    """Run the action."""
    parser = arguments.backend_parser(__doc__)
    parser.add_argument("--question", required=True, choices=("build_requires", "metadata"))
    values = parser.values(argv)
    request = arguments.backend_request(values)
    if values["question"] == "build_requires":
        backend.call(request, "could not report build requirements", lambda ready: _build_requires(request.out, ready))
    else:
        backend.call(request, "could not report metadata", lambda ready: _metadata(request.out, ready))


def _build_requires(out: Path, ready: Backend) -> None:
    answer = ready.runner.build_requires(ready.project, ready.system, ready.settings)
    if not isinstance(answer, list) or not all(isinstance(requirement, str) for requirement in answer):
        raise ActionError(f"{ready.system.backend} returned {str(answer)[:200]!r} instead of a list of requirements")
    out.write_text(json.dumps(answer, indent=1) + "\n", encoding="utf-8")


def _metadata(out: Path, ready: Backend) -> None:
    folder = ready.runner.metadata(ready.project, ready.system, ready.place.out, ready.settings)
    made = ready.place.out.resolve()
    metadata = made / str(folder) / "METADATA"
    if not isinstance(folder, str) or not metadata.is_file() or not metadata.resolve().is_relative_to(made):
        raise ActionError(f"{ready.system.backend} returned the folder {folder!r}, which does not contain METADATA")
    out.write_bytes(metadata.read_bytes())
