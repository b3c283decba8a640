"""Network access: package indexes, files and git repositories, with retries, limits and clear errors."""

from fromager_gen.index_file import IndexFile
from fromager_gen.net.api import json_pages
from fromager_gen.net.git import resolve_commit, write_archive
from fromager_gen.net.http import download, has_sha256, reason, session, size_of
from fromager_gen.net.index import Index, NoSuchProjectError
from fromager_gen.net.places import read_place
from fromager_gen.net.submodules import Submodule, find_submodules
from fromager_gen.net.tokens import token_headers
from fromager_gen.net.workers import Workers

__all__ = [
    "Index",
    "IndexFile",
    "NoSuchProjectError",
    "Submodule",
    "Workers",
    "download",
    "find_submodules",
    "has_sha256",
    "json_pages",
    "read_place",
    "reason",
    "resolve_commit",
    "session",
    "size_of",
    "token_headers",
    "write_archive",
]
