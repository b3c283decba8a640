"""A program in place of Bazel, for faults and results that a real Bazel has only after a long build."""

import json
import sys
from pathlib import Path
from typing import Any

from fromager_gen.bazel import Bazel

# Records its arguments, writes the prescribed events of each target, and exits with the prescribed code.
PROGRAM = """#!{python}
import json, os, sys
folder = {folder!r}
options = dict(word.partition("=")[::2] for word in sys.argv[1:])
targets = open(options["--target_pattern_file"]).read().splitlines()
said = json.load(open(folder + "/said.json"))
json.dump([sys.argv[1:], targets, os.getcwd()], open(folder + "/called.json", "w"))
with open(options["--build_event_json_file"], "w") as events:
    for target in targets:
        for event in said["events"].get(target, []):
            events.write(json.dumps(event) + "\\n")
    for event in said["last"]:
        events.write(json.dumps(event) + "\\n")
sys.stderr.write(said["stderr"])
sys.exit(said["code"])
"""


class Standin:
    """A stand-in for Bazel that writes prescribed events for each target."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.said: dict[str, Any] = {"events": {}, "last": [], "stderr": "", "code": 0}
        (folder / "workspace").mkdir()
        program = folder / "bazel"
        program.write_text(PROGRAM.format(python=sys.executable, folder=str(folder)))
        program.chmod(0o755)

    def makes(self, label: str, *names: str, log: bool = True) -> list[Path]:
        """Prescribe the files of a target, and optionally a log, and return them."""
        events, groups = [], []
        made = []
        for group, files in (("default", names), ("log", ["build.log"] if log else [])):
            paths = [self.folder / "out" / label.replace("//", "").replace(":", "/") / name for name in files]
            for path in paths:
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(f"{label} {path.name}")
            ident = f"{label} {group}"
            uris = [{"uri": path.as_uri()} for path in paths]
            events.append({"id": {"namedSet": {"id": ident}}, "namedSetOfFiles": {"files": uris}})
            groups.append({"name": group, "fileSets": [{"id": ident}]})
            made += paths if group == "default" else []
        completed = {"success": True, "outputGroup": groups}
        events.append({"id": {"targetCompleted": {"label": f"@@{label}"}}, "completed": completed})
        self.said["events"][label] = events
        return made

    def fails(self, label: str) -> None:
        event = {"id": {"actionCompleted": {"label": f"@@{label}"}}, "action": {"exitCode": 1}}
        self.said["events"][label] = [event]
        self.said["code"] = 1

    @property
    def bazel(self) -> Bazel:
        (self.folder / "said.json").write_text(json.dumps(self.said))
        return Bazel(str(self.folder / "bazel"), self.folder / "workspace")

    @property
    def called(self) -> tuple[list[str], list[str], str]:
        words, targets, folder = json.loads((self.folder / "called.json").read_text())
        return words, targets, folder
