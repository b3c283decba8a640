"""Findings about a collection as a whole."""

from collections.abc import Iterator, Sequence

from fromager_gen.contract import SIZES
from fromager_gen.errors import BuildCycleError, GraphError
from fromager_gen.graph import Graph, build_closure, build_order
from fromager_gen.plan import ALL_PACKAGES, PlanOptions, is_long, jobs_and_resources
from fromager_gen.preflight.model import GUESS, SURE, Available, Finding, Inspected
from fromager_gen.terminal import counted

# Build tools that take minutes to build, and what declares that they come from elsewhere.
_SLOW_TOOLS = {"cmake": "dep:generic/cmake", "ninja": "dep:generic/ninja"}
_MINUTES = {"cmake": "10 minutes and more of two cores", "ninja": "a minute"}
# A build writes about this many bytes for each byte of its archive.
_GROWTH = 12


def findings_of_collection(
    graph: Graph, inspected: Sequence[Inspected], options: PlanOptions, has: Available
) -> Iterator[Finding]:
    """Yield what is known of a collection as a whole.

    Args:
        graph: all packages.
        inspected: those that are built.
        options: options of the plan, which decide how many jobs a build has.
        has: what builds can have.
    """
    yield from _of_all_packages(inspected, has)
    yield from _cycles(graph)
    for node in graph:
        if node.pre_built:
            yield Finding(str(node), "wheel-only", "a published wheel", SURE, "", "pre_built or no sdist")
    yield from _slow_tools(graph, inspected)
    yield from _sizes(inspected, options)


def _of_all_packages(inspected: Sequence[Inspected], has: Available) -> Iterator[Finding]:
    """Yield the dependencies that are declared for all packages, each once."""
    needs = [(one.needs.origins, dependency) for one in inspected for dependency in one.needs.declared]
    for text in sorted({str(one) for origins, one in needs if origins[one.name] == ALL_PACKAGES}):
        yield Finding("", "external", text, SURE, has.external.get(text, ""), ALL_PACKAGES)


def _cycles(graph: Graph) -> Iterator[Finding]:
    try:
        build_order(graph, {node.key: build_closure(graph, node) for node in graph})
    except BuildCycleError as err:
        yield Finding("", "cycle", "a package that needs itself", SURE, str(err), "the graph")
    except GraphError as err:
        yield Finding("", "cycle", "a build environment", SURE, str(err), "the graph")


def _slow_tools(graph: Graph, inspected: Sequence[Inspected]) -> Iterator[Finding]:
    for node in graph:
        if node.name not in _SLOW_TOOLS or node.pre_built:
            continue
        users = sorted(str(one.node) for one in inspected if node.name in one.environment)
        whom = ", ".join(users[:3]) or "the collection"
        yield Finding(
            str(node), "build-tool", f"{node.name} from its source, for {whom}", SURE, "", "the graph",
            f"its build takes {_MINUTES[node.name]}; declare {_SLOW_TOOLS[node.name]} in fromager-gen.yaml (external), "
            "or take the wheel of the index (pre_built)",
        )  # fmt: skip


def _sizes(inspected: Sequence[Inspected], options: PlanOptions) -> Iterator[Finding]:
    classes: dict[str, list[Inspected]] = {}
    for one in inspected:
        _, size = jobs_and_resources(one.settings, options, is_long(one.has_rust, one.size))
        classes.setdefault(size, []).append(one)
    for name, members in sorted(classes.items()):
        memory = SIZES[name]["megabytes"]
        shown = f"{memory} MB of memory for each" if name != "exclusive" else "the whole machine for each"
        disk = max(one.size for one in members) * _GROWTH >> 20
        yield Finding(
            "", "size", f"{counted(len(members), 'build')} of size {name}: {shown}, up to {disk} MB of disk", GUESS, "",
            f"the largest source is that of {max(members, key=lambda one: one.size).node}",
        )  # fmt: skip
