"""An SBOM in the format of SPDX 2.3 (https://spdx.github.io/spdx-spec/v2.3/), with what Fromager states and more."""

from typing import Any

from actions.wheel.planned import Sbom
from actions.wheel.sbom import TOOL, Part, Parts, timestamp

_NO_ASSERTION = "NOASSERTION"
_DOCUMENT = "SPDXRef-DOCUMENT"


def document(sbom: Sbom, parts: Parts) -> dict[str, Any]:
    """Return an SBOM."""
    name = f"{sbom.package}-{sbom.version}"
    used = (*parts.tools, *parts.crates, *parts.libraries)
    return {
        "spdxVersion": "SPDX-2.3",
        "dataLicense": "CC0-1.0",
        "SPDXID": _DOCUMENT,
        "name": name,
        "documentNamespace": f"{sbom.namespace}/{name}.spdx.json",
        "creationInfo": {
            "created": timestamp(sbom),
            "creators": [*sbom.creators, "Tool: {}-{}".format(*TOOL)],
        },
        "packages": [_package(parts.wheel, sbom.supplier), *map(_package, (parts.upstream, *used))],
        "relationships": [
            _related(_DOCUMENT, "DESCRIBES", _id(parts.wheel)),
            _related(_id(parts.wheel), "GENERATED_FROM", _id(parts.upstream)),
            *(_related(_id(tool), "BUILD_TOOL_OF", _id(parts.wheel)) for tool in parts.tools),
            *(_related(_id(crate), "BUILD_DEPENDENCY_OF", _id(parts.wheel)) for crate in parts.crates),
            *(_related(_id(parts.wheel), "CONTAINS", _id(library)) for library in parts.libraries),
        ],
    }


def _id(part: Part) -> str:
    return f"SPDXRef-{part.id}"


def _package(part: Part, supplier: str = _NO_ASSERTION) -> dict[str, Any]:
    purl = {"referenceCategory": "PACKAGE-MANAGER", "referenceType": "purl", "referenceLocator": part.purl}
    is_commit = part.place.startswith("git+")
    found = {
        "SPDXID": _id(part),
        "name": part.name,
        "versionInfo": part.version,
        "packageFileName": "" if is_commit else part.place,
        "downloadLocation": part.place if is_commit else _NO_ASSERTION,
        # Without it, the default is true, and some validators expect a verification code of the files.
        "filesAnalyzed": False,
        "supplier": supplier,
        "checksums": [{"algorithm": "SHA256", "checksumValue": part.sha256}] if part.sha256 else [],
        "licenseDeclared": part.license,
        "externalRefs": [purl] if part.purl else [],
    }
    return {name: value for name, value in found.items() if value not in ("", [])}


def _related(element: str, kind: str, other: str) -> dict[str, str]:
    return {"spdxElementId": element, "relationshipType": kind, "relatedSpdxElement": other}
