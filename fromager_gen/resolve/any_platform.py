"""Ranks of wheel tags without regard to the platform, for the setting ``resolver_dist.ignore_platform``."""

from collections.abc import Iterator, Mapping

from packaging.tags import Tag


class AnyPlatform(Mapping[Tag, int]):
    """The ranks of wheel tags by interpreter and ABI."""

    def __init__(self, tags: Mapping[Tag, int]) -> None:
        """Take the ranks of tags with platforms."""
        self._ranks = {(tag.interpreter, tag.abi): rank for tag, rank in tags.items()}

    def __getitem__(self, tag: Tag) -> int:
        """Return the rank of a tag for any platform."""
        return self._ranks[tag.interpreter, tag.abi]

    def __iter__(self) -> Iterator[Tag]:
        """Yield each tag once."""
        return (Tag(interpreter, abi, "any") for interpreter, abi in self._ranks)

    def __len__(self) -> int:
        """Return the number of tags."""
        return len(self._ranks)
