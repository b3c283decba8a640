"""Sources: the few files of an archive that determine its build, and the facts that follow from them."""

from fromager_gen.source.archive import SourceArchive, parse_toml
from fromager_gen.source.facts import Facts, facts_of_source, from_json, install_of_metadata
from fromager_gen.source.hints import READ_FOR_HINTS, Hint, hints_of
from fromager_gen.source.rust import BACKENDS, RustProject, crates_of, needs_crates, rust_project

__all__ = [
    "BACKENDS",
    "READ_FOR_HINTS",
    "Facts",
    "Hint",
    "RustProject",
    "SourceArchive",
    "crates_of",
    "facts_of_source",
    "from_json",
    "hints_of",
    "install_of_metadata",
    "needs_crates",
    "parse_toml",
    "rust_project",
]
