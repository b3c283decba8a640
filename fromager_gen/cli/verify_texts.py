"""The output of ``verify`` as tables and as JSON."""

import json
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from typing import Any

from fromager_gen.cli.output import table_text
from fromager_gen.compare import Difference
from fromager_gen.pipeline.verify import Report, Verified
from fromager_gen.pipeline.verify_published import Published
from fromager_gen.terminal import counted

_MEMBERS = 3
_GROUPS = 20


def text_of_report(report: Report) -> str:
    """Return the conditions, the result of each package, and what differs in which member."""
    conditions = [(one.name, one.first, one.second) for one in report.conditions]
    rows = [(one.node.name, one.node.version, one.verdict, _summary(one)) for one in report.packages]
    tables = [
        table_text("Conditions", ("Condition", "First build", "Second build"), conditions),
        table_text("Wheels", ("Package", "Version", "Result", "Differences"), rows),
    ]
    details = (_details(f"{one.node} ({one.wheel})", one.differences) for one in report.packages)
    return "\n".join([*tables, *filter(None, details)])


def _summary(found: Verified) -> str:
    if found.problem:
        return found.problem
    parts = _members(found.differences)
    reasons = {entry.reason for _, entry in found.allowed}
    parts += [f"allowed: {' '.join(reason.split())}" for reason in sorted(reasons)]
    return "; ".join(parts) or "-"


def _members(differences: Iterable[Difference]) -> list[str]:
    """Return the number of members that differ; nothing if none does."""
    members = {one.member for one in differences}
    return [counted(len(members), "member")] if members else []


def _details(title: str, differences: Sequence[Difference]) -> str:
    """Return the differences of two wheels below a title; empty if there are none."""
    return "\n".join([f"{title}:", *_lines(differences), ""]) if differences else ""


def _lines(differences: Sequence[Difference]) -> Iterator[str]:
    """Yield a line for each difference; members that differ in the same way share one."""
    groups = [list(group) for _, group in groupby(sorted(differences, key=_way), key=_way)]
    for group in groups[:_GROUPS]:
        first = group[0]
        kind = "" if first.kind in ("content", "order") or first.kind.startswith("only") else f"{first.kind}: "
        yield f"  {_named([one.member for one in group])}: {kind}{first.what}"
        yield from (f"      {line}" for line in first.lines)
    if len(groups) > _GROUPS:
        yield f"  and {len(groups) - _GROUPS} more differences"


def _way(difference: Difference) -> tuple[str, str, tuple[str, ...]]:
    return difference.kind, difference.what, difference.lines


def _named(members: Sequence[str]) -> str:
    names = [_printable(name) if name else "the zip" for name in members]
    more = f" and {len(names) - _MEMBERS} more" if len(names) > _MEMBERS else ""
    return ", ".join(names[:_MEMBERS]) + more


def _printable(name: str) -> str:
    return name if name.isprintable() else repr(name)


def json_of_report(report: Report) -> str:
    """Return the report as JSON."""
    conditions = [
        {"name": one.name, "first": one.first, "second": one.second, "varied": one.is_varied}
        for one in report.conditions
    ]
    packages = [
        {
            **_package(one),
            "differences": [_difference(difference) for difference in one.differences],
            "allowed": [
                {**_difference(difference), "reason": entry.reason, "entry": entry.where}
                for difference, entry in one.allowed
            ],
            **({"problem": one.problem} if one.problem else {}),
        }
        for one in report.packages
    ]
    return _json({"conditions": conditions, "packages": packages})


def _package(found: Verified) -> dict[str, Any]:
    return {
        "package": found.node.name,
        "version": found.node.version,
        "wheel": found.wheel,
        "result": found.verdict,
    }


def _difference(difference: Difference) -> dict[str, Any]:
    return {
        "member": difference.member,
        "kind": difference.kind,
        "what": difference.what,
        "excerpt": list(difference.lines),
    }


def text_of_published(compared: Iterable[Published]) -> str:
    """Return how each wheel compares with the one on the index."""
    found = list(compared)
    rows = [(one.node.name, one.node.version, one.verdict, one.theirs or "-", _normalised(one)) for one in found]
    table = table_text("Wheels", ("Package", "Version", "Result", "Wheel on the index", "Differences"), rows)
    details = (
        _details(f"{one.node} ({one.ours} and {one.theirs})", one.found.differences)
        for one in found
        if one.found is not None
    )
    return "\n".join([table, *filter(None, details)])


def _normalised(one: Published) -> str:
    if one.found is None:
        return "-"
    parts = [one.found.problem] if one.found.problem else []
    parts += _members(one.found.differences)
    parts += [f"normalised: {', '.join(one.found.normalised)}"] if one.found.normalised else []
    return "; ".join(parts) or "-"


def json_of_published(compared: Iterable[Published]) -> str:
    """Return the comparison with an index as JSON."""
    return _json(
        {
            "packages": [
                {
                    "package": one.node.name,
                    "version": one.node.version,
                    "wheel": one.ours,
                    "published": one.theirs or None,
                    "result": one.verdict,
                    "normalised": list(one.found.normalised) if one.found else [],
                    "differences": [_difference(found) for found in one.found.differences] if one.found else [],
                    **({"problem": one.found.problem} if one.found and one.found.problem else {}),
                }
                for one in compared
            ]
        }
    )


def _json(content: dict[str, Any]) -> str:
    return json.dumps(content, indent=2) + "\n"
