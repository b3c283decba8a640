"""Log which version each requirement resolves to, in the words of Fromager, for which its users' scripts look."""

import logging
from collections.abc import Iterator
from dataclasses import dataclass, field

from packaging.requirements import Requirement

from fromager_gen.graph import Edge
from fromager_gen.resolve import Resolution

_log = logging.getLogger(__name__)


@dataclass
class Decisions:
    """Logs each decision of the resolutions of a run once."""

    _logged: set[Edge] = field(default_factory=set)

    def log(self, resolution: Resolution) -> None:
        """Log the decisions of a resolution that earlier ones did not make."""
        for edge in _edges(resolution):
            if edge not in self._logged:
                self._logged.add(edge)
                node = resolution.graph.nodes[edge.key]
                where = f"{Requirement(edge.req).name}-{node.version}"
                _log.info("%s: new %s dependency %s resolves to %s", where, edge.kind, edge.req, node.version)
                if node.pre_built:
                    _log.info("%s: using pre-built wheel for %s requirement", where, edge.kind)


def _edges(resolution: Resolution) -> Iterator[Edge]:
    yield from resolution.graph.toplevel
    for node in resolution.graph:
        yield from node.edges
