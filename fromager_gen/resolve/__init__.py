"""Resolve requirements to a graph: the versions of a collection and of its build environments.

A pure computation except for requests to the index. Known facts of sources come in as `Facts`. Unknown facts go out as
questions, and the caller resolves again with the answers.
"""

from fromager_gen.resolve.ages import Ages, upload_time
from fromager_gen.resolve.candidates import Candidate, Finder
from fromager_gen.resolve.forges import ForgeTag, github_api, github_tags, gitlab_tags
from fromager_gen.resolve.indexes import indexes
from fromager_gen.resolve.known import BUILD_REQUIRES, METADATA, SDIST_REQUIRES, Answer, Known, Question
from fromager_gen.resolve.lint import Linted, lint_texts
from fromager_gen.resolve.markers import applies, environment, parsed
from fromager_gen.resolve.own_sources import highest_first, listed_by_settings
from fromager_gen.resolve.provider import needs_of
from fromager_gen.resolve.pythons import is_for
from fromager_gen.resolve.recipes import Recipes
from fromager_gen.resolve.requirements import Asked, Constraints, Text, merge_constraints, parse_requirements, top_level
from fromager_gen.resolve.resolution import Collection, Resolution, resolve
from fromager_gen.resolve.single import best_version
from fromager_gen.resolve.versions import Available, Forms, available_versions
from fromager_gen.resolve.without import Without

__all__ = [
    "BUILD_REQUIRES",
    "METADATA",
    "SDIST_REQUIRES",
    "Ages",
    "Answer",
    "Asked",
    "Available",
    "Candidate",
    "Collection",
    "Constraints",
    "Finder",
    "ForgeTag",
    "Forms",
    "Known",
    "Linted",
    "Question",
    "Recipes",
    "Resolution",
    "Text",
    "Without",
    "applies",
    "available_versions",
    "best_version",
    "environment",
    "github_api",
    "github_tags",
    "gitlab_tags",
    "highest_first",
    "indexes",
    "is_for",
    "lint_texts",
    "listed_by_settings",
    "merge_constraints",
    "needs_of",
    "parse_requirements",
    "parsed",
    "resolve",
    "top_level",
    "upload_time",
]
