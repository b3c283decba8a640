"""The report of a preflight: a table for people, and JSON for programs."""

import json
from collections.abc import Sequence

from fromager_gen.preflight.model import OPTIONAL, Finding

_HEAD = ("PACKAGE", "KIND", "NEED", "STATE", "WHY")


def findings_table(findings: Sequence[Finding], install: Sequence[str]) -> str:
    """Return the table of findings, with what mends them.

    Args:
        findings: all findings.
        install: commands that bring missing dependencies: one for each package manager, or the one that pins it.
    """
    rows = [_HEAD, *(_row(one) for one in findings)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(_HEAD) - 1)]
    lines = [
        "  ".join([*(cell.ljust(width) for cell, width in zip(row, widths, strict=False)), row[-1]]) for row in rows
    ]
    advice = dict.fromkeys(one.advice for one in findings if one.advice)
    if advice:
        lines += ["", "Advice:", *(f"  {text}" for text in advice)]
    if install:
        lines += ["", "Missing dependencies come with:", *(f"  {line}" for line in install)]
    return "".join(f"{line.rstrip()}\n" for line in lines)


def _row(one: Finding) -> tuple[str, ...]:
    state = "ok" if not one.problem else "missing" if one.is_missing else "maybe missing"
    if one.certainty == OPTIONAL:
        state = "optional"
    why = "; ".join(text for text in (" ".join(one.problem.split()), one.evidence) if text)
    return one.package or "(all)", one.kind, one.need, state, why


def findings_json(findings: Sequence[Finding], install: Sequence[str]) -> str:
    """Return the findings as JSON."""
    rows = [{**one._asdict(), "missing": one.is_missing} for one in findings]
    return json.dumps({"findings": rows, "install": list(install), "ok": not any(map(_is_missing, findings))}, indent=2)


def _is_missing(one: Finding) -> bool:
    return one.is_missing
