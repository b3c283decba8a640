"""Bootstraps that go on after failures: `--test-mode` and `--multiple-versions`."""

import json
from pathlib import Path
from typing import Any

import pytest
from support.places import Place, add
from support.wheels import files_of_package, write_wheel

pytestmark = [pytest.mark.bazel, pytest.mark.slow]
_FAILS = "raise SystemExit('the backend fails')"
_PATCH = f"""--- a/backend.py
+++ b/backend.py
@@ -6,3 +6,3 @@
 def get_requires_for_build_wheel(config_settings=None):
-    {_FAILS}
+    pass
     return ASKS
"""


def add_wheel(place: Place, name: str, version: str, *requires: str) -> None:
    filename = f"{name}-{version}-py3-none-any.whl"
    wheel = write_wheel(place.folder / filename, files_of_package(name, version, requires))
    place.index.add(name, filename, wheel.read_bytes())


def read(place: Place, name: str) -> Any:
    (path,) = (place.folder / "work-dir").glob(name)
    return json.loads(path.read_text())


def test_test_mode_builds_what_it_can(place: Place) -> None:
    add(place.index, "good", "1.0", install=["wheeled", "broken", "nowhere>1"])
    add(place.index, "wheeled", "1.0", first=_FAILS)
    add_wheel(place, "wheeled", "1.0", "late")
    add(place.index, "late", "1.0")
    add(place.index, "broken", "1.0", first=_FAILS)
    add(place.index, "lies", "1.0", install=["late"], says=[])
    log = place.folder / "log"
    result = place.run("good", "lies", "--test-mode", before=("--log-file", log), check=False)

    assert result.returncode == 1, result.stderr
    assert place.wheels() == ["good-1.0-0-py3-none-any.whl", "late-1.0-0-py3-none-any.whl"]
    assert (place.folder / "wheels-repo" / "prebuilt" / "wheeled-1.0-py3-none-any.whl").is_file()
    rows = read(place, "test-mode-failures-*.json")["failures"]
    assert [(row["package"], row["version"], row["failure_type"]) for row in rows] == [
        ("nowhere", None, "resolution"), ("broken", "1.0", "bootstrap"), ("lies", "1.0", "bootstrap"),
    ]  # fmt: skip
    assert "the backend fails" in rows[1]["exception_message"]
    said = log.read_text()
    assert "test mode enabled: " in said
    assert "test mode: successfully used pre-built wheel for wheeled==1.0" in said
    assert "test mode: 3 package(s) failed: nowhere, broken, lies" in said
    order = {row["dist"]: row["source_url_type"] for row in read(place, "build-order.json")}
    assert order == {"good": "sdist", "wheeled": "prebuilt", "late": "sdist"}
    assert place.run("good", "--test-mode", "--sdist-only", check=False).returncode == 2


def test_every_version_is_built_and_failures_are_remembered(place: Place) -> None:
    add(place.index, "tool", "1.0")
    add(place.index, "tool", "2.0", first=_FAILS)
    add(place.index, "tool", "3.0", says=["late"])
    add(place.index, "late", "1.0")
    for version in ("1.0", "2.0"):
        add(place.index, "top", version, build=["tool"])
    log = place.folder / "log"
    place.run("top", "--multiple-versions", before=("--log-file", log))
    expected = [f"{name}-0-py3-none-any.whl" for name in ("late-1.0", "tool-1.0", "top-1.0", "top-2.0")]

    assert [name for name in place.wheels() if name not in expected] == []
    failed = [(row["name"], row["version"], row["phase"]) for row in read(place, "partial-failures.json")["failures"]]
    assert failed == [("tool==2.0", "2.0", "failed to build"), ("tool==3.0", "3.0", "failed to build")]
    assert "2 version(s) failed to bootstrap:" in log.read_text()
    assert [edge.split()[1] for edge in place.edges("top==2.0") if edge.startswith("build-system")] == ["tool==1.0"]
    assert not (place.folder / "work-dir" / "constraints.txt").exists()

    log.unlink()
    place.run("top", "--multiple-versions", before=("--log-file", log))
    assert "tool 2.0 failed in an earlier run" in log.read_text()
    assert read(place, "partial-failures.json")["failures"][0]["name"] == "tool==2.0"

    patches = place.folder / "overrides" / "patches" / "tool-2.0"
    patches.mkdir(parents=True)
    Path(patches, "fix.patch").write_text(_PATCH)
    log.unlink()
    place.run("top", "--multiple-versions", before=("--log-file", log))
    assert "tool 2.0 failed in an earlier run" not in log.read_text()
    assert "tool-2.0-0-py3-none-any.whl" in place.wheels()
    assert [row["name"] for row in read(place, "partial-failures.json")["failures"]] == ["tool==3.0"]
