"""``graph check``: faults of a graph, and packages in several versions."""

import json
from pathlib import Path
from typing import Any

import click

from fromager_gen.cli.options import FILE_OR_URL
from fromager_gen.cli.output import emit
from fromager_gen.errors import BuildCycleError, GraphError
from fromager_gen.graph import Checked, Duplicate, Fault, InvalidGraphError, check_graph, read_graph
from fromager_gen.terminal import counted


@click.command(short_help="Check that a graph is valid and can be built.")
@click.argument("graph_file", metavar="GRAPH", type=FILE_OR_URL)
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
@click.option("--strict", is_flag=True, help="Treat warnings and avoidable duplicates as faults.")
def check(graph_file: Path, as_json: bool, strict: bool) -> None:
    """Check that GRAPH is valid and that its packages can be built, and find avoidable duplicates.

    \b
    Faults:
        invalid          a node or edge is not valid
        build-conflict   a build environment would need several versions of a package
        build-cycle      a package needs itself to be built; all packages of the cycle are named

    Warnings are unreachable nodes, unknown keys, and requirements that do not accept the version that was chosen for
    them. A duplicate is a package in several versions. It is avoidable if one of the versions meets all requirements.

    \b
    Exit code:
        0   no faults, even with warnings and duplicates; with --strict, none of these
        2   GRAPH does not exist
        3   faults; with --strict, also warnings or avoidable duplicates
        4   all faults are cycles
    """  # noqa: D301 - click needs the backslash
    packages = 0
    try:
        whole = read_graph(graph_file)
        packages, found = len(whole.nodes), check_graph(whole)
    except InvalidGraphError as err:
        found = Checked(tuple(Fault("invalid", (), problem) for problem in err.problems), (), ())
    except GraphError as err:
        found = Checked((Fault("invalid", (), str(err)),), (), ())
    emit(json.dumps(_json(packages, found), indent=2) if as_json else _text(packages, found), None)
    _raise(graph_file, found, strict)


def _avoidable(found: Checked) -> list[Duplicate]:
    return [one for one in found.duplicates if one.usable is not None]


def _raise(graph_file: Path, found: Checked, strict: bool) -> None:
    """Raise an error if the check failed."""
    count = len(found.faults) + (len(found.warnings) + len(_avoidable(found)) if strict else 0)
    if count:
        kind = BuildCycleError if {fault.kind for fault in found.faults} == {"build-cycle"} else GraphError
        raise kind(f"{graph_file}: the check found {counted(count, 'fault')}; see the report on standard output")


def _text(packages: int, found: Checked) -> str:
    avoidable = _avoidable(found)
    lines = [f"fault: {fault.kind}: {fault.message}" for fault in found.faults]
    lines += [f"warning: {text}" for text in found.warnings]
    for one in avoidable:
        lines.append(f"duplicate: {one.name} {', '.join(one.versions)}: {one.usable} meets all requirements")
        lines += [f"  {version}: {req} ({who or 'top level'})" for version, req, who in one.requirements]
    for one in found.duplicates:
        if one.usable is None:
            lines.append(f"duplicate: {one.name} {', '.join(one.versions)}: no single version meets all requirements")
    lines.append(
        f"{counted(packages, 'package')}: {counted(len(found.faults), 'fault')}, "
        f"{counted(len(found.warnings), 'warning')}, {counted(len(found.duplicates), 'duplicate')}, "
        f"{len(avoidable)} of them avoidable"
    )
    return "".join(f"{line}\n" for line in lines)


def _json(packages: int, found: Checked) -> dict[str, Any]:
    return {
        "ok": not found.faults,
        "packages": packages,
        "faults": [
            {"kind": fault.kind, "packages": list(fault.packages), "message": fault.message} for fault in found.faults
        ],
        "warnings": list(found.warnings),
        "duplicates": [
            {
                "name": one.name,
                "versions": list(one.versions),
                "usable": one.usable,
                "requirements": [
                    {"version": version, "requirement": req, "required_by": who}
                    for version, req, who in one.requirements
                ],
            }
            for one in found.duplicates
        ],
    }
