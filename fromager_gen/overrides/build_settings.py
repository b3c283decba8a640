"""The settings that a package's files state, as Fromager writes them into the file fromager-build-settings of a wheel.

Only keys that are stated are in it, with those of all variants. The order of keys is Fromager's.
"""

import json
from collections.abc import Mapping
from typing import Any

from fromager_gen.overrides.value import Value

_VARIANT = ("annotations", "env", "wheel_server_url", "pre_built")
# Keys in Fromager's order, by section. A section that is missing here keeps the order of the file.
_ORDER = {
    "": (
        "annotations", "build_dir", "changelog", "config_settings", "env", "download_source", "purl", "resolver_dist",
        "build_options", "git_options", "project_override", "variants",
    ),
    "download_source": ("url", "destination_filename"),
    "purl": ("type", "namespace", "name", "version", "repository_url", "upstream"),
    "resolver_dist": (
        "sdist_server_url", "include_sdists", "include_wheels", "ignore_platform", "use_pypi_org_metadata",
        "min_release_age",
    ),
    "build_options": ("build_ext_parallel", "cpu_cores_per_job", "memory_per_job_gb", "exclusive_build"),
    "git_options": ("submodules", "submodule_paths"),
    "project_override": ("update_build_requires", "remove_build_requires", "requires_external"),
}  # fmt: skip


def build_settings(top: Value) -> str:
    """Return the settings as JSON in ASCII, or an empty text if a file states none.

    Args:
        top: the checked settings of one package.
    """
    plain = _section(top, "")
    return json.dumps(plain) if plain else ""


def _section(value: Value, path: str) -> dict[str, Any]:
    keys: Mapping[str, Value] = value.data or {}
    order = _VARIANT if path.startswith("variants.") else _ORDER.get(path, ())
    names = sorted(keys, key=lambda name: order.index(name) if name in order else len(order))
    found = {name: _plain(keys[name], f"{path}.{name}".lstrip(".")) for name in names}
    return {name: one for name, one in found.items() if one is not None}


def _plain(value: Value, path: str) -> Any:
    if isinstance(value.data, dict):
        return _section(value, path)
    if isinstance(value.data, list):
        return [_plain(item, "") for item in value.data]
    if ".env." in f".{path}":
        return str(int(value.data)) if isinstance(value.data, bool) else str(value.data).strip()
    return float(value.data) if path == "build_options.memory_per_job_gb" else value.data
