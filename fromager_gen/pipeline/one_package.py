"""Prepare the workspace for commands about one package, with the graph of the work directory or without a graph."""

from pathlib import Path

from packaging.utils import canonicalize_name

from fromager_gen.addresses import is_address
from fromager_gen.errors import InputError
from fromager_gen.graph import Node, read_graph
from fromager_gen.overrides import read_overrides
from fromager_gen.pipeline.build import Prepared, node_key, prepare
from fromager_gen.pipeline.options import BuildOptions, GlobalOptions, LockOptions
from fromager_gen.serve import link_wheels


def source_index(options: GlobalOptions, name: str, sdist_server_url: str) -> str | None:
    """Return the index that a command names for a package's source, or None if its settings name another one.

    Raises:
        InputError: the address is not valid, and it is needed.
    """
    canonical = str(canonicalize_name(name))
    if read_overrides(options.override_paths).settings(canonical).sdist_server_url is not None:
        return None
    # An empty address would silently select the index of pip.
    if not is_address(sdist_server_url, "http", "https"):
        raise InputError(f"{sdist_server_url!r} is not an http or https address of an index")
    return sdist_server_url


def prepare_one(
    options: GlobalOptions,
    name: str,
    version: str,
    index: str | None = None,
    building: BuildOptions | None = None,
    graph_file: Path | None = None,
) -> tuple[Prepared, Node]:
    """Write the workspace for one package.

    Args:
        options: the options before the command.
        name: name of the package.
        version: its version.
        index: index of its source, or None for the address in the graph. Without a graph, None is pip's index. A source
            that an earlier command took from its own index is kept.
        building: how Bazel builds.
        graph_file: the graph, or None for that of the work directory, if it has the package.

    Returns:
        The workspace, and the package in its graph.

    Raises:
        InputError: the version is not valid, or the given graph does not have it.
    """
    key, building = node_key(name, version), building or BuildOptions()
    if building.wheel_server_url is not None:
        link_wheels(options.wheels_repo)  # a caller has moved them there, for a server of this folder
    own = options.work_dir / "graph.json"
    if graph_file is None and own.exists() and key in read_graph(own).nodes:
        graph_file = own
    if graph_file is not None:
        locking = LockOptions(taken_from=((key, index),) if index else (), keeps_taken=True)
        prepared = prepare(options, graph_file, locking, [(name, version)], building)
    else:
        from fromager_gen.pipeline.without_graph import prepare_package  # noqa: PLC0415 - imports the whole bootstrap

        canonical, _, normal = key.partition("==")
        prepared = prepare_package(options, canonical, normal, index, building.wheel_server_url, building)
    return prepared, prepared.node(name, version)
