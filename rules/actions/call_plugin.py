"""Program: call one function of a plugin. No rule runs it: the programs of other actions do, in the build's world."""

import importlib
import json
import os
import sys
from pathlib import Path


def main(argv: list[str]) -> None:
    """Run the program: ``call_plugin CALL ANSWER``, both files of JSON."""
    asked, answered = map(Path, argv)
    call = json.loads(asked.read_text(encoding="utf-8"))
    os.environ.clear()
    os.environ.update(call["extra_environ"])
    sys.path.insert(0, call["modules"])
    answer = importlib.import_module("fromager._call").answer(call)
    answered.write_text(json.dumps(answer), encoding="utf-8")
