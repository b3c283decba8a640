"""What the SBOM of a wheel states about the wheel and its source, apart from what only its build shows."""

from fromager_gen.overrides import Purl, Sbom


def planned_sbom(sbom: Sbom | None, purl: Purl, name: str, version: str) -> dict[str, tuple[str, ...]]:
    """Return the values for the rule's attribute `sbom`, by name; nothing if wheels get no SBOM.

    Args:
        sbom: the global settings.
        purl: the package's own parts of its package URL.
        name: canonical name of the package.
        version: its version.
    """
    if sbom is None:
        return {}
    from packageurl import PackageURL  # noqa: PLC0415 - slow, and most collections have no SBOMs

    place = purl.repository_url or sbom.repository_url
    kind = purl.type or sbom.purl_type
    qualifiers = {"repository_url": place} if place else None
    parts = (kind, purl.namespace, purl.name or name, purl.version or version)
    found = {
        "additions": sbom.additions,
        "creators": sbom.creators,
        "namespace": (sbom.namespace,),
        "purl": (PackageURL(*parts, qualifiers).to_string(),),
        "supplier": (sbom.supplier,),
        "upstream": (purl.upstream or PackageURL(*parts).to_string(),),
    }
    return {key: values for key, values in found.items() if values}
