"""Read the requirements and constraints of a collection without resolving them."""

from pathlib import Path

from fromager_gen.bootstrap import read_constraints, read_texts
from fromager_gen.interpreter import full_version
from fromager_gen.net import session
from fromager_gen.pipeline.options import GlobalOptions
from fromager_gen.resolve import environment, parse_requirements


def count_requirements(options: GlobalOptions, requirements_file: Path) -> tuple[int, set[str]]:
    """Return the number of requirements in a file, and the packages in the constraints files before the command.

    Raises:
        InputError: a file can't be read or contains an invalid requirement.
    """
    with session() as client:
        constraints = read_constraints(options.constraints_files, environment(full_version(options.python)), client)
        return len(parse_requirements((), read_texts([str(requirements_file)], client))), set(constraints.by_name)
