"""``explain``: why Bazel built a package again."""

import json
from pathlib import Path

import click
from packaging.utils import canonicalize_name

from fromager_gen.cli.options import FOLDER
from fromager_gen.cli.output import emit, output_option
from fromager_gen.errors import InputError
from fromager_gen.execution import Logs
from fromager_gen.execution import explain as explained
from fromager_gen.names import problem_of_name, start_of_labels
from fromager_gen.pipeline.build import node_key
from fromager_gen.pipeline.options import GlobalOptions


@click.command()
@click.argument("package", metavar="NAME[==VERSION]")
@click.option("--workspace", type=FOLDER, help="Workspace that was built.  [default: WORK_DIR/workspace]")
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
@output_option
@click.pass_obj
def explain(options: GlobalOptions, /, package: str, workspace: Path | None, form: str, output: Path | None) -> None:
    """Explain which inputs made the actions of a package run again.

    \b
        fromager-gen explain stevedore

    The latest run of each action is compared with the one before: its inputs, arguments, variables and execution
    properties. An input that another action made is explained in the same way. Each build of fromager-gen keeps Bazel's
    execution log in the workspace, of the latest 50 builds. To keep the log of a build of your own:

    \b
        bazel build --execution_log_compact_file=$PWD/.fromager-gen/executions/mine.binpb.zst //:wheelhouse
    """  # noqa: D301 - click needs the backslash
    name, _, version = package.partition("==")
    problem = problem_of_name(canonicalize_name(name))
    if problem:
        raise InputError(problem)
    key = node_key(name, version).split("==") if version else [canonicalize_name(name)]
    place = workspace or options.workspace
    logs = Logs.of(place).newest()
    if not logs:
        raise InputError(f"{place} has no execution logs: build it with a command of fromager-gen first")
    found = explained(logs, start_of_labels(*key))
    if not found:
        raise InputError(
            f"no action of {package} ran in the {len(logs)} latest builds of {place}: it was up to date, or the graph "
            "has no such package"
        )
    if form == "json":
        emit(json.dumps([one.as_json() for one in found], indent=2) + "\n", output)
    else:
        emit("".join(f"{line}\n" for one in found for line in one.lines()), output)
