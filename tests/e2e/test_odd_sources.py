"""Unusual sources that are really published: odd archives, links, suffixes, local versions, a project in a folder."""

import io
import json
import os
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest
from support.places import Place
from support.workspaces import in_tree_sdist

pytestmark = pytest.mark.bazel

PYTHON_FULL = sys.version.split()[0]
LINK_TO_CONF = "link to conf/"


def archive(top: str, files: dict[str, str | bytes], mode: str = "w:gz", *again: tuple[str, str]) -> bytes:
    """Return a tar, which can have names with bytes that are not UTF-8, links, and duplicate members."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode=mode, format=tarfile.GNU_FORMAT) as tar:  # type: ignore[call-overload]
        for name, content in (*files.items(), *again):
            info = tarfile.TarInfo(f"{top}/{name}")
            data = content.encode() if isinstance(content, str) else content
            if content == LINK_TO_CONF:
                info.type, info.linkname, data = tarfile.SYMTYPE, f"conf/{name}", b""
            info.size = len(data)
            tar.addfile(info, io.BytesIO(data))
    return out.getvalue()


def module_of(place: Place, name: str, module: str = "") -> str:
    """Return the text of a module in a wheel of Fromager's folder."""
    (wheel,) = (place.folder / "wheels-repo" / "downloads").glob(f"{name}-*.whl")
    with zipfile.ZipFile(wheel) as opened:
        return opened.read(f"{module or name}.py").decode()


# Records the files that it found when it was built.
LISTS = """
    global EXTRA
    EXTRA = f"found = {sorted(os.listdir(b'docs'))!r}\\n"
    return write(wheel_directory)
"""


def test_archives_are_unpacked_as_by_tar(place: Place) -> None:
    """Duplicate members, names that differ in case, a name that is not UTF-8, a link, and other suffixes."""
    doubled = in_tree_sdist("doubled", "1.0", extra="which = 'first'\n")
    last = in_tree_sdist("doubled", "1.0", extra="which = 'last'\n")["backend.py"]
    place.index.add("doubled", "doubled-1.0.tar.gz", archive("doubled-1.0", doubled, "w:gz", ("backend.py", last)))
    odd = in_tree_sdist("odd", "1.0", LISTS) | {"docs/A": "", "docs/a": "", "docs/caf\udce9": ""}
    place.index.add("odd", "odd-1.0.tgz", archive("odd-1.0", odd))
    linked = in_tree_sdist("linked", "1.0")
    linked = {f"conf/{name}" if name != "backend.py" else name: text for name, text in linked.items()}
    linked |= dict.fromkeys(("pyproject.toml", "PKG-INFO"), LINK_TO_CONF)
    place.index.add("linked", "linked-1.0.tar.bz2", archive("linked-1.0", linked, "w:bz2"))

    place.run("doubled", "odd", "linked")

    assert "which = 'last'" in module_of(place, "doubled")
    assert "found = [b'A', b'a', b'caf\\xe9']" in module_of(place, "odd")
    assert "linked-1.0-0-py3-none-any.whl" in place.wheels()
    assert {path.name for path in (place.folder / "sdists-repo" / "downloads").iterdir()} == {
        "doubled-1.0.tar.gz", "odd-1.0.tgz", "linked-1.0.tar.bz2",
    }  # fmt: skip


def test_markers_are_evaluated_with_the_interpreters_patch_level(place: Place) -> None:
    needs = f"    return write(wheel_directory, requires=[\"exact ; python_full_version == '{PYTHON_FULL}'\"])"
    place.index.add_sdist("asks", "1.0", in_tree_sdist("asks", "1.0", needs))
    place.index.add_sdist("exact", "1.0", in_tree_sdist("exact", "1.0"))

    place.run("asks")
    assert "exact==1.0" in place.graph()
    lock = json.loads((place.folder / "work-dir" / "workspace" / "fromager.lock.json").read_text())
    assert lock["python"] == PYTHON_FULL

    major, minor, _ = PYTHON_FULL.split(".", 2)
    said = place.run("asks", "--sdist-only", before=("--python", f"{major}.{minor}.98"), check=False).stderr
    assert f"no Python {major}.{minor}.98 was found on this machine" in said


def test_a_local_version_gets_the_same_build_tag_and_source_as_in_fromager(place: Place) -> None:
    settings = place.folder / "overrides" / "settings"
    settings.mkdir(parents=True)
    (settings / "loc_pub.yaml").write_text("changelog: {'2.0': [one, two], '2.0+gfx1': [three]}\n")
    files = in_tree_sdist("loc-pub", "2.0+gfx1")
    place.index.add("loc-pub", "loc_pub-2.0.tar.gz", archive("loc_pub-2.0", files))

    place.run("loc-pub")

    assert place.wheels() == ["loc_pub-2.0+gfx1-2-py3-none-any.whl"]


READS_ABOVE = """
    global EXTRA
    EXTRA = f"text = {open('../../DESC').read()!r}\\n"
    return write(wheel_directory)
"""


def test_pip_builds_the_same_wheel_from_the_rebuilt_sdist_of_a_build_dir(place: Place) -> None:
    settings = place.folder / "overrides" / "settings"
    settings.mkdir(parents=True)
    (settings / "mono_demo.yaml").write_text("build_dir: runtimes/xg\n")
    project = {f"runtimes/xg/{name}": text for name, text in in_tree_sdist("mono-demo", "1.0", READS_ABOVE).items()}
    files = {**project, "DESC": "of above", "pyproject.toml": '[build-system]\nrequires = ["not-here"]\n'}
    place.index.add_sdist("mono-demo", "1.0", files)

    place.run("mono-demo")

    rebuilt = place.folder / "sdists-repo" / "builds" / "mono_demo-1.0.tar.gz"
    command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-index"]
    subprocess.run([*command, f"--wheel-dir={place.folder}", rebuilt], check=True)
    with zipfile.ZipFile(place.folder / "mono_demo-1.0-py3-none-any.whl") as wheel:
        assert wheel.read("mono_demo.py").decode() == module_of(place, "mono_demo")
    assert "text = 'of above'" in module_of(place, "mono_demo")


ASKS_FOR_A_HELPER = """    import helper
    return write(wheel_directory)

def get_requires_for_build_wheel(config_settings=None):
    return ["helper"]
"""


def test_a_failure_on_a_guess_is_shown_only_with_verbose_output(place: Place) -> None:
    """To ask `top` at once, `mid` is built without its helper, on the guess that its backend requires nothing."""
    place.index.add_sdist("helper", "1.0", in_tree_sdist("helper", "1.0"))
    place.index.add_sdist("mid", "1.0", in_tree_sdist("mid", "1.0", ASKS_FOR_A_HELPER))
    top = in_tree_sdist("top", "1.0", "    import mid\n    return write(wheel_directory)")
    top["pyproject.toml"] = top["pyproject.toml"].replace("requires = []", 'requires = ["mid"]')
    place.index.add_sdist("top", "1.0", top)

    said = place.run("top").stderr
    assert "resolved 3 packages" in said
    assert "ERROR" not in said and "FAILED" not in said and "Traceback" not in said
    assert not (place.folder / "work-dir" / "logs" / "mid-1.0.log").read_text().count("No module named")

    for name in ("graph.json", "bootstrap-questions.json"):
        (place.folder / "work-dir" / name).unlink()
    # `run` refuses tracebacks, and here the build prints one.
    command = [sys.executable, "-m", "fromager_gen", *map(str, place.arguments("top", before=("-v",)))]
    env = {**os.environ, **place.env}
    verbose = subprocess.run(command, cwd=place.folder, env=env, capture_output=True, text=True, check=True).stderr
    assert "FAILED mid 1.0" in verbose and "No module named 'helper'" in verbose


def test_a_pre_built_wheel_of_wheels_repo_is_used_before_that_of_the_index(place: Place) -> None:
    def wheel(text: str) -> bytes:
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w") as made:
            made.writestr("own.py", text)
            made.writestr("own-1.0+x.dist-info/METADATA", "Metadata-Version: 2.1\nName: own\nVersion: 1.0+x\n")
            made.writestr("own-1.0+x.dist-info/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\n")
            made.writestr("own-1.0+x.dist-info/RECORD", "")
        return out.getvalue()

    name = "own-1.0+x-py3-none-any.whl"
    settings = place.folder / "overrides" / "settings"
    settings.mkdir(parents=True)
    (settings / "own.yaml").write_text("variants: {cpu: {pre_built: true}}\n")
    place.index.add("own", name, wheel("of the index"))
    downloads = place.folder / "wheels-repo" / "downloads"
    downloads.mkdir(parents=True)
    own = wheel("of the team")
    (downloads / name).write_bytes(own)

    first = place.run("own").stderr
    prebuilt = place.folder / "wheels-repo" / "prebuilt" / name
    assert prebuilt.read_bytes() == own
    assert "own 1.0+x is used as a published wheel (pre_built)" in first

    again = place.run("own").stderr
    assert "1 wheel, 0 new" in again and place.graph()["own==1.0+x"]["download_url"] == Path(downloads / name).as_uri()
