"""Action: prepare a source with a plugin's `prepare_source`, in the closed world of builds."""

from pathlib import Path

from actions import arguments
from actions.archive import pack
from actions.arguments import BackendRequest
from actions.errors import ActionError
from actions.plugin.calls import Plugin
from actions.source import changes
from actions.world import backend
from actions.world.backend import Tools


def main(argv: list[str]) -> None:
    """Run the action."""
    parser = arguments.backend_parser(__doc__)
    changes.add_changes(parser)
    values = parser.values(argv)
    request, wanted = arguments.backend_request(values), changes.changes(values)
    data = {
        **wanted._asdict(),
        "patch": [str(path.absolute()) for path in wanted.patch],
        "submodule": [(folders, str(Path(archive).absolute())) for folders, archive in wanted.submodule],
        "source_filename": str(request.source.absolute()),
    }
    backend.call_without_source(request, "could not be prepared", lambda tools: _prepare(request, tools, data))


def _prepare(request: BackendRequest, tools: Tools, data: dict[str, object]) -> None:
    if request.plugin is None:
        raise ActionError("no plugin has prepare_source")
    plugin = Plugin(request, request.plugin, tools.place, tools.place.source)
    tree = Path(str(plugin.call("prepare_source", tools.runner, data)))
    if not tree.is_dir():
        raise ActionError(f"prepare_source of {request.plugin.module} returned {tree}, which is not a folder")
    pack.write(tree, request.out, f"{request.package.replace('-', '_')}-{request.version}")
    plugin.keep(without=tree.parent)
