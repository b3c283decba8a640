"""Fromager's settings and patches: a team's configuration of packages in addition to the graph."""

from fromager_gen.overrides.allowed import ALLOW_LIST, Allowed, read_allowed
from fromager_gen.overrides.edits import PIN, edits_json
from fromager_gen.overrides.exec_properties import read_exec_properties
from fromager_gen.overrides.external import GRAFT, LEAVE
from fromager_gen.overrides.lint import lint
from fromager_gen.overrides.migrate import migrated
from fromager_gen.overrides.model import CargoLock, Overrides, PackageSettings, Patch
from fromager_gen.overrides.own import OWN_FILE, OWN_FOLDER
from fromager_gen.overrides.read import OverridePaths, read_overrides, read_settings
from fromager_gen.overrides.readers import OLDEST_DAYS
from fromager_gen.overrides.sbom import Purl, Sbom
from fromager_gen.overrides.source import DEFAULT_MATCHER, Source
from fromager_gen.overrides.survey import Customised, all_variants, survey

__all__ = [
    "ALLOW_LIST",
    "DEFAULT_MATCHER",
    "GRAFT",
    "LEAVE",
    "OLDEST_DAYS",
    "OWN_FILE",
    "OWN_FOLDER",
    "PIN",
    "Allowed",
    "CargoLock",
    "Customised",
    "OverridePaths",
    "Overrides",
    "PackageSettings",
    "Patch",
    "Purl",
    "Sbom",
    "Source",
    "all_variants",
    "edits_json",
    "lint",
    "migrated",
    "read_allowed",
    "read_exec_properties",
    "read_overrides",
    "read_settings",
    "survey",
]
