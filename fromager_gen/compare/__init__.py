"""Compare two wheels member by member, and explain how they differ."""

from fromager_gen.compare.equivalent import Equivalence, equivalence
from fromager_gen.compare.excerpt import Mark
from fromager_gen.compare.wheels import Comparison, Difference, compare

__all__ = [
    "Comparison",
    "Difference",
    "Equivalence",
    "Mark",
    "compare",
    "equivalence",
]
