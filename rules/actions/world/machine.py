"""Compare the machine that runs this action with the fingerprints in the action's cache key.

Some tools are not inputs: headers and libraries in `/usr`, the parts of a compiler, a standard library. Bazel takes
their fingerprint where it runs, which can be another machine than the worker that executes the action.
"""

import importlib.util
import json
from collections.abc import Sequence
from pathlib import Path
from types import ModuleType

from actions.arguments import Pairs
from actions.errors import ActionError


def compare(fingerprints: Pairs, identify: Sequence[Path], programs: Path) -> None:
    """Refuse a machine whose tools are not those of the fingerprints.

    A fingerprint is a JSON object. A fact that is missing on this machine is not compared: a hermetic sandbox hides the
    list of installed packages, for example.

    Args:
        fingerprints: the name of each toolchain, and the file with its fingerprint.
        identify: for each fingerprint, a Python program with a function `identify(programs)`, which returns the
            fingerprint of this machine.
        programs: the folder that contains the toolchains' programs.

    Raises:
        ActionError: a fingerprint differs; the text has both values of each fact that differs.
    """
    for (toolchain, file), program in zip(fingerprints, identify, strict=True):
        planned = json.loads(Path(file).read_text())
        found = json.loads(_module(program).identify(str(programs)))
        different = [name for name in sorted(found) if found[name] != planned.get(name)]
        if different:
            facts = "\n".join(f"  {name}: planned {planned.get(name)}, found {found[name]}" for name in different)
            raise ActionError(
                f"the tools of {toolchain} on this machine differ from those for which Bazel planned this build:\n"
                f"{facts}\n"
                "Run builds on machines with equal tools, for example in one image. If this machine was changed while "
                "Bazel ran, run `bazel shutdown` and build again."
            )


def _module(program: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location(f"_{program.parent.name}_{program.stem}", program)
    if spec is None or spec.loader is None:
        raise ActionError(f"{program} is not a Python program")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
