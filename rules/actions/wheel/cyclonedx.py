"""An SBOM in the format of CycloneDX 1.6 (https://cyclonedx.org/docs/1.6/json/); it states the same as that of SPDX."""

import json
import uuid
from collections.abc import Iterable
from typing import Any

from actions.wheel.planned import Sbom
from actions.wheel.sbom import TOOL, Part, Parts, timestamp

_NO_ASSERTION = "NOASSERTION"


def document(sbom: Sbom, parts: Parts) -> dict[str, Any]:
    """Return an SBOM. Its serial number is made from its content."""
    tool = {"type": "application", "name": TOOL[0], "version": TOOL[1]}
    wheel = {**_component(parts.wheel), "pedigree": {"ancestors": [_component(parts.upstream)]}}
    if sbom.supplier != _NO_ASSERTION:
        wheel["supplier"] = {"name": _agent(sbom.supplier)}
    authors = [{"name": _agent(creator)} for creator in sbom.creators if not creator.startswith("Tool:")]
    used = (*parts.crates, *parts.libraries)
    content = {
        "metadata": {
            "timestamp": timestamp(sbom),
            "tools": {"components": [*_tools(sbom.creators), tool]},
            **({"authors": authors} if authors else {}),
            "component": wheel,
        },
        "components": [
            *map(_component, used),
            # A build tool is not part of the wheel.
            *({**_component(tool), "scope": "excluded"} for tool in parts.tools),
        ],
        "dependencies": [
            {"ref": parts.wheel.id, "dependsOn": [part.id for part in used]} if used else {"ref": parts.wheel.id}
        ],
    }
    number = uuid.uuid5(uuid.NAMESPACE_URL, f"{sbom.namespace}#{json.dumps(content)}")
    return {
        "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "serialNumber": f"urn:uuid:{number}",
        "version": 1,
        **content,
    }


def _tools(creators: Iterable[str]) -> list[dict[str, str]]:
    return [{"type": "application", "name": _agent(one)} for one in creators if one.startswith("Tool:")]


def _agent(text: str) -> str:
    """Return the name in SPDX's form of a person, an organization or a tool."""
    return text.partition(": ")[2].strip() or text


def _component(part: Part) -> dict[str, Any]:
    is_commit = part.place.startswith("git+")
    found: dict[str, Any] = {
        "type": "library",
        "bom-ref": part.id,
        "name": part.name,
        "version": part.version,
        "hashes": [{"alg": "SHA-256", "content": part.sha256}] if part.sha256 else [],
        "licenses": [{"expression": part.license}] if part.license else [],
        "purl": part.purl,
        "externalReferences": [{"type": "vcs", "url": part.place}] if is_commit else [],
        "evidence": {"occurrences": [{"location": part.place}]} if part.place and not is_commit else {},
    }
    return {name: value for name, value in found.items() if value not in ("", [], {})}
