"""plan.json: a plan as a file, sorted and with one package per line, so that a diff of two plans is readable.

The format is described in docs/reference/plan.md. A reader refuses a version that it does not support.
"""

import json
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, fields
from functools import cache
from pathlib import Path
from typing import Any

from fromager_gen.contract import SIZES, VERSION
from fromager_gen.errors import InputError
from fromager_gen.external import entry_of
from fromager_gen.files import json_block
from fromager_gen.names import is_file_name, problem_of_name, problem_of_version
from fromager_gen.plan.model import GitCrates, Inputs, Key, PackagePlan, Plan, PlannedPatch, PlannedPlugin, Submodule
from fromager_gen.platforms import platforms_with_accelerators

FORMAT = 1
_SHA256 = re.compile("([0-9a-f]{64})?")
_FIELDS = {
    "format", "generator", "python", "rules", "workspace_file", "toolchains", "platforms", "exec_platform",
    "exec_properties", "external_dependencies", "made_from", "packages", "order",
}  # fmt: skip
_KEYS = ("build_system", "build_requires", "install_closure")


def plan_text(plan: Plan) -> str:
    """Return the text of plan.json."""
    head = {
        "format": FORMAT,
        "generator": VERSION,
        "python": plan.python,
        "rules": plan.rules,
        "workspace_file": plan.workspace_file,
        "toolchains": plan.toolchains,
        "platforms": plan.platforms,
        "exec_platform": plan.exec_platform,
        "exec_properties": dict(plan.exec_properties),
        "made_from": {one.name: value for one in fields(Inputs) if (value := getattr(plan.made_from, one.name))},
    }
    rows = [f"{json.dumps(name)}: {json.dumps(value)}" for name, value in head.items()]
    if plan.external_dependencies:
        rows.append(f'"external_dependencies": {json.dumps(plan.external_dependencies, sort_keys=True)}')
    packages = [f"{json.dumps(one.key)}: {json.dumps(_package_json(one))}" for one in plan.packages]
    order = [json.dumps(f"{name}=={version}") for name, version in plan.order]
    rows += [json_block("packages", packages), json_block("order", order, "[]")]
    return "{" + ",\n".join(rows) + "}\n"


@cache
def _defaults() -> dict[str, Any]:
    """Return the value of each field of a package that plan.json does not name."""
    plain = PackagePlan("", "")
    return {one.name: getattr(plain, one.name) for one in fields(PackagePlan) if one.name not in ("name", "version")}


def _package_json(package: PackagePlan) -> dict[str, Any]:
    found = {name: value for name, default in _defaults().items() if (value := getattr(package, name)) != default}
    for name in _KEYS:
        if name in found:
            found[name] = [f"{key}=={version}" for key, version in found[name]]
    if package.patches:
        found["patches"] = [{"path": one.path, "name": one.name, "sha256": one.sha256} for one in package.patches]
    if package.git_crates:
        found["git_crates"] = {one.repository: one.source for one in package.git_crates}
    if package.plugin is not None:
        found["plugin"] = asdict(package.plugin)
    if package.submodules:
        found["submodules"] = {one.path: one.repository for one in package.submodules}
    return dict(sorted(found.items()))  # lists and objects inside keep their order, which may matter


def read_plan(path: Path) -> Plan:
    """Read plan.json.

    Raises:
        InputError: the file can't be read, is damaged, or has another format.
    """
    try:
        return parse_plan(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise InputError(f"{path} does not exist; `fromager-gen plan GRAPH -o {path}` writes it") from None
    except OSError as err:
        raise InputError(f"{path} can't be read: {err.strerror}") from err
    except ValueError as err:
        raise InputError(f"{path} is not a valid plan: {err}. `fromager-gen generate` writes it again") from err


def parse_plan(text: str) -> Plan:
    """Parse the text of a plan.

    Raises:
        ValueError: the text is damaged, or has another format.
    """
    try:
        plan = _plan(json.loads(text))
    except KeyError as err:
        raise ValueError(f"{err} is missing") from None
    except (TypeError, AttributeError, RecursionError) as err:
        raise ValueError(f"an entry has the wrong form ({err})") from None
    named = {key for package in plan.packages for field in _KEYS for key in getattr(package, field)}
    missing = {*named, *plan.order} - {(package.name, package.version) for package in plan.packages}
    if missing:
        raise ValueError(f"it names {min(missing)[0]} {min(missing)[1]}, which is not among its packages")
    return plan


def _plan(document: Mapping[str, Any]) -> Plan:
    if document["format"] != FORMAT:
        raise ValueError(f"its format is {document['format']!r}, but fromager-gen reads {FORMAT}")
    unknown = document.keys() - _FIELDS
    if unknown:
        raise ValueError(f"it has the unknown field {min(unknown)!r}")
    if document["rules"] not in ("copy", "module"):
        raise ValueError(f"its rules are {document['rules']!r}, not copy or module")
    if document["toolchains"] not in ("machine", "hermetic"):
        raise ValueError(f"its toolchains are {document['toolchains']!r}, not machine or hermetic")
    if not isinstance(document["workspace_file"], bool):
        raise ValueError(f"its workspace_file is {document['workspace_file']!r}, not true or false")
    _text(document["generator"])
    return Plan(
        python=_text(document["python"]),
        packages=tuple(_package(key, entry) for key, entry in document["packages"].items()),
        order=tuple(map(_key, document["order"])),
        rules=document["rules"],
        workspace_file=document["workspace_file"],
        toolchains=document["toolchains"],
        platforms=tuple(map(_platform, document["platforms"])),
        exec_platform=_platform(document["exec_platform"]) if document["platforms"] else "",
        exec_properties=_pairs(document["exec_properties"].items()),
        external_dependencies=_definitions(document.get("external_dependencies", {})),
        made_from=Inputs(**{name: _matching(_SHA256, value) for name, value in document["made_from"].items()}),
    )


def _definitions(entries: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    try:
        return {name: entry_of(name, entry) for name, entry in entries.items()}
    except InputError as err:
        raise ValueError(str(err)) from err


def _platform(name: Any) -> str:
    if name not in platforms_with_accelerators():
        raise ValueError(f"it names the unknown platform {name!r}")
    return str(name)


def _package(key: str, entry: Mapping[str, Any]) -> PackagePlan:
    unknown = entry.keys() - _defaults().keys()
    if unknown:
        raise ValueError(f"{key} has the unknown field {min(unknown)!r}")
    name, version = _key(key)
    read = {field: _read(field, value) for field, value in entry.items()}
    package = PackagePlan(name, version, **read)
    if package.resources not in SIZES:
        raise ValueError(f"{key} has the unknown size {package.resources!r}")
    return package


def _read(name: str, value: Any) -> Any:
    """Return the value of one field, which must have the type of its default."""
    reader = _READERS.get(name)
    if reader is not None:
        return reader(value)
    default = _defaults()[name]
    if type(value) is not type(default) and not (isinstance(default, tuple) and isinstance(value, list)):
        raise ValueError(f"{name} is {str(value)[:80]!r}, which has the wrong type")
    return tuple(map(_text, value)) if isinstance(default, tuple) else value


def _key(text: str) -> Key:
    name, _, version = text.partition("==")
    problem = problem_of_name(name) or problem_of_version(version)
    if problem:
        raise ValueError(problem)
    return name, version


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise ValueError(f"{str(value)[:80]!r} is not a string")
    return value


def _matching(form: "re.Pattern[str]", value: str) -> str:
    if not form.fullmatch(value):
        raise ValueError(f"{value[:80]!r} is not a sha256")
    return value


def _patch(entry: Mapping[str, str]) -> PlannedPatch:
    folder, _, name = entry["name"].partition("/")
    if folder != "patches" or not is_file_name(name) or ".." in entry["path"].split("/") or entry["path"][:1] == "/":
        raise ValueError(f"the patch {entry['path']!r} with the name {entry['name']!r} is not valid")
    return PlannedPatch(entry["path"], entry["name"], _matching(_SHA256, entry["sha256"]))


def _plugin(entry: Mapping[str, Any]) -> PlannedPlugin:
    names = (entry["module"], *entry["functions"])
    odd = [name for name in names if not all(part.isidentifier() for part in _text(name).split("."))]
    if odd:
        raise ValueError(f"{odd[0][:80]!r} is not the name of a plugin's module or function")
    json.loads(entry["context"])
    return PlannedPlugin(
        entry["module"], tuple(entry["functions"]), entry["context"], _matching(_SHA256, entry["sha256"])
    )


def _dependency(text: Any) -> str:
    if not re.fullmatch(r"dep:[a-z]+/[a-z0-9+_./-]+(@[0-9A-Za-z<>=!,.+~-]+)?", _text(text)):
        raise ValueError(f"{text[:80]!r} is not an external dependency")
    return str(text)


def _inner(path: str) -> str:
    if not re.fullmatch(r"[A-Za-z0-9._+@/-]+", path) or ".." in path.split("/") or path.startswith("/"):
        raise ValueError(f"the path {path!r} of a submodule is not valid")
    return path


def _pairs(value: Iterable[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
    return tuple((_text(name), _text(text)) for name, text in value)


def _lists(value: Mapping[str, list[str]]) -> dict[str, tuple[str, ...]]:
    return {name: tuple(map(_text, values)) for name, values in value.items()}


_READERS: dict[str, Callable[[Any], Any]] = {
    **dict.fromkeys(_KEYS, lambda value: tuple(map(_key, value))),
    "external": lambda value: tuple(map(_dependency, value)),
    "cargo_lock": lambda value: _matching(_SHA256, value),
    "config_settings": _lists,
    "env": _pairs,
    "exec_properties": _pairs,
    "git_crates": lambda value: tuple(GitCrates(_text(name), _text(source)) for name, source in value.items()),
    "patches": lambda value: tuple(map(_patch, value)),
    "plugin": _plugin,
    "requirements": _lists,
    "sbom": _lists,
    "submodules": lambda value: tuple(Submodule(_inner(path), _text(name)) for path, name in value.items()),
}
