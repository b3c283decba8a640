"""Fixtures of the tests of bootstraps."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from support.benches import Run
from support.indexes import Place
from support.servers import serving

from fromager_gen.net import session


@pytest.fixture
def run(tmp_path: Path) -> Iterator[Run]:
    """A discovery that uses an index on loopback and prescribed answers of backends."""
    with serving() as server, session() as client:
        yield Run(Place(server, client, tmp_path))
