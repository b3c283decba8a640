"""Third stage: what is built, and how. Every decision about a package is made here and nowhere later."""

from fromager_gen.plan.decide import make_plan
from fromager_gen.plan.model import GitCrates, PackagePlan, Plan

__all__ = ["GitCrates", "PackagePlan", "Plan", "make_plan"]
