"""Pin the requirements of packages to constraints, as the actions of `patch` do in the metadata of wheels."""

from collections.abc import Iterable
from dataclasses import replace

from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name

from fromager_gen.overrides import Overrides
from fromager_gen.source import Facts
from fromager_gen.standards import requirement


def pinned(texts: Iterable[str], overrides: Overrides, name: str, version: str) -> tuple[str, ...]:
    """Return the install requirements of a package version, those that its settings pin with their constraints."""
    texts, pins = tuple(texts), overrides.pins_for(name, version)
    return tuple(_pinned(text, {one: pin.specifier for one, pin in pins.items()}) for text in texts) if pins else texts


def _pinned(text: str, pins: dict[str, str]) -> str:
    parsed = requirement(text)
    specifier = pins.get(canonicalize_name(parsed.name))
    if specifier is None or parsed.url:
        return text
    parsed.specifier = SpecifierSet(specifier)
    return str(parsed)


def pinned_facts(facts: Facts, overrides: Overrides, name: str, version: str) -> Facts:
    """Return the facts of a source with pinned install requirements."""
    if not overrides.pins_for(name, version):
        return facts
    install = None if facts.install is None else pinned(facts.install, overrides, name, version)
    return replace(facts, install=install, likely_install=pinned(facts.likely_install, overrides, name, version))
