"""What is left out of a collection after failures, and how each requirement gets every version that fits."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from packaging.requirements import Requirement

from fromager_gen.errors import ResolutionError
from fromager_gen.resolve.candidates import Candidate
from fromager_gen.resolve.markers import parsed
from fromager_gen.resolve.provider import Need, Provider


@dataclass
class Without:
    """Requirements and versions that the graph does not have, because something failed. It is empty in most runs."""

    requirements: set[str] = field(default_factory=set)
    """Requirements that no version fits."""
    broken: set[str] = field(default_factory=set)
    """Versions that are chosen but can't be built, by the graph's key."""

    def keep(self, texts: Iterable[str]) -> tuple[str, ...]:
        """Return the requirements that are not left out."""
        return tuple(text for text in texts if not self.requirements or str(parsed(text)) not in self.requirements)

    def check_build(self, of: Candidate, requirements: Iterable[Requirement], chosen: Iterable[Candidate]) -> None:
        """Check that a build environment is complete.

        Raises:
            ResolutionError: a requirement of it, or a version in it, is left out.
        """
        lost = [str(one) for one in requirements if str(one) in self.requirements]
        lost += [str(one) for one in chosen if one.key in self.broken]
        if lost:
            error = ResolutionError(f"{of} can't be built, because it needs {', '.join(lost)}, which failed")
            error.packages = (of.key,)
            raise error


def every_version(requirement: Requirement, where: Sequence[str], provider: Provider) -> list[Candidate]:
    """Return all versions that fit a requirement on its own, highest first.

    Raises:
        ResolutionError: no version fits.
    """
    need = Need(requirement, tuple(where))
    asked, nothing = {need.identifier: iter([need])}, {need.identifier: iter(())}
    name = need.identifier[0]
    found = [choice.candidate for choice in provider.find_matches(need.identifier, asked, nothing)]
    exempt = name in provider.pinned or provider.constraints.pins(name)
    if found and not exempt:
        found = list(provider.finder.young(name, str(requirement), tuple(found)))
    if found:
        return found
    error = ResolutionError(
        f"no version of {name} fits {requirement}, required by {', required by '.join(where)}",
        [provider.unresolved(need)],
    )
    error.unfit = (str(requirement),)
    raise error
