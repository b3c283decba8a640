"""Action: prepare a source with a plugin's `prepare_source`, in the closed world of builds."""

from pathlib import Path

from actions import arguments
from actions.archive import pack
from actions.arguments import BackendRequest
from actions.errors import ActionError
from actions.plugin.calls import Plugin
from actions.world import backend
from actions.world.backend import Tools


def main(argv: list[str]) -> None:
    """Run the action."""
    parser = arguments.backend_parser(__doc__)
    parser.add_list("--patch", Path, help="patch file, in order")
    parser.add_list("--update-build-requires")
    parser.add_list("--remove-build-requires")
    values = parser.values(argv)
    request = arguments.backend_request(values)
    changes = {
        "patches": [str(path.absolute()) for path in values["patch"]],
        "update_build_requires": values["update_build_requires"],
        "remove_build_requires": values["remove_build_requires"],
        "source_filename": str(request.source.absolute()),
    }
    backend.call_without_source(request, "could not be prepared", lambda tools: _prepare(request, tools, changes))


def _prepare(request: BackendRequest, tools: Tools, changes: dict[str, object]) -> None:
    if request.plugin is None:
        raise ActionError("no plugin has prepare_source")
    plugin = Plugin(request, request.plugin, tools.place, tools.place.source)
    tree = Path(str(plugin.call("prepare_source", tools.runner, changes)))
    if not tree.is_dir():
        raise ActionError(f"prepare_source of {request.plugin.module} returned {tree}, which is not a folder")
    pack.write(tree, request.out, f"{request.package.replace('-', '_')}-{request.version}")
    plugin.keep(without=tree.parent)
