"""The plan of a workspace. All decisions about packages are made here and nowhere later; plan.json has them all."""

from fromager_gen.plan.decide import PlanOptions, install_requires, is_long, jobs_and_resources, make_plan
from fromager_gen.plan.edits import with_constraints
from fromager_gen.plan.external import ALL_PACKAGES, Needs, fields_of_needs, needs_of
from fromager_gen.plan.file import parse_plan, plan_text, read_plan
from fromager_gen.plan.model import (
    GitCrates,
    Inputs,
    Key,
    PackagePlan,
    Plan,
    PlannedPatch,
    PlannedPlugin,
    Rules,
    Submodule,
    Toolchains,
)

__all__ = [
    "ALL_PACKAGES",
    "GitCrates",
    "Inputs",
    "Key",
    "Needs",
    "PackagePlan",
    "Plan",
    "PlanOptions",
    "PlannedPatch",
    "PlannedPlugin",
    "Rules",
    "Submodule",
    "Toolchains",
    "fields_of_needs",
    "install_requires",
    "is_long",
    "jobs_and_resources",
    "make_plan",
    "needs_of",
    "parse_plan",
    "plan_text",
    "read_plan",
    "with_constraints",
]
