"""What a collection needs before it is built: what is sure, what is guessed, and what is missing."""

from fromager_gen.preflight.collection import findings_of_collection
from fromager_gen.preflight.model import GUESS, OPTIONAL, SURE, Available, Finding, Inspected
from fromager_gen.preflight.packages import findings_of_package, wanted_dependencies
from fromager_gen.preflight.report import findings_json, findings_table

__all__ = [
    "GUESS",
    "OPTIONAL",
    "SURE",
    "Available",
    "Finding",
    "Inspected",
    "findings_json",
    "findings_of_collection",
    "findings_of_package",
    "findings_table",
    "wanted_dependencies",
]
