"""The pages of a package index. The actions use the same modules, so that all indexes have the same pages."""

from fromager_gen import bundle

bundle.add_actions()

from actions.index.listed import METADATA_SUFFIX, Listed, describe, metadata_of  # noqa: E402 - needs the line above
from actions.index.pages import (  # noqa: E402 - needs the line above
    FOLDER,
    HTML,
    HTML_V1,
    JSON_V1,
    TYPES,
    metadata_files,
    project_page,
    root_page,
    site,
)

__all__ = [
    "FOLDER",
    "HTML",
    "HTML_V1",
    "JSON_V1",
    "METADATA_SUFFIX",
    "TYPES",
    "Listed",
    "describe",
    "metadata_files",
    "metadata_of",
    "project_page",
    "root_page",
    "site",
]
