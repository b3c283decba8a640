"""Action: build the sdist of a prepared source with `build_sdist` of its backend, or of a plugin."""

import shutil
from pathlib import Path

from actions import arguments
from actions.arguments import BackendRequest
from actions.errors import ActionError
from actions.world import backend
from actions.world.backend import Backend


def main(argv: list[str]) -> None:
    """Run the action."""
    request = arguments.backend_request(arguments.backend_parser(__doc__).values(argv))
    backend.call(request, "could not be built as an sdist", lambda ready: _build(request, ready))


def _build(request: BackendRequest, ready: Backend) -> None:
    if ready.plugin is not None and ready.plugin.has("build_sdist"):
        made = Path(str(ready.plugin.call("build_sdist", ready.runner)))
    else:
        out = ready.place.out
        made = out / str(ready.runner.build_sdist(ready.project, ready.system, out, ready.settings))
    # Fromager demands the folder `builds`; the file's name is that of the output.
    if made.resolve().parent != ready.place.out.resolve() or not made.name.endswith(".tar.gz"):
        raise ActionError(f"build_sdist returned {made}, which is not a .tar.gz in the folder {ready.place.out}")
    shutil.copyfile(made, request.out)
