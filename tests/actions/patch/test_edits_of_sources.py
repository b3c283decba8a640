"""The actions of the setting `patch`, in an sdist."""

import json
from pathlib import Path
from typing import Any

import pytest
from support.samples import contents, tar_gz
from support.tars import file, plain_tar, symlink

from actions.archive.unpack import unpack
from actions.errors import ActionError
from actions.patch.edits import Sources, apply_edits
from actions.patch_sdist import main

PYPROJECT = '[build-system]\nrequires = ["cmake", "setuptools"]\n'
INFO = "Metadata-Version: 1.0\nName: other_name\nVersion: 0\nRequires-Dist: torch>=2\n\nText: stays\n"


@pytest.fixture
def source(tmp_path: Path) -> Path:
    files: dict[str, str | bytes] = {
        "p-1/reqs.txt": "foo>=1\r\nbar\nfoobar\n",
        "p-1/latin": b"caf\xe9\nfoo\n",
        "p-1/sub/setup.py": "one\n",
        "p-1/sub/pyproject.toml": PYPROJECT,
        "p-1/PKG-INFO": INFO,
    }
    return tar_gz(tmp_path / "p-1.tar.gz", files)


def run(source: Path, *edits: dict[str, Any], build_dir: str = "sub") -> dict[str, bytes]:
    out, into = source.parent / "out.tar.gz", source.parent / "tree"
    named = [{"title": "why", **edit} for edit in edits]
    arguments = ["--package", "p", "--version", "1", "--source", str(source), "--out", str(out)]
    main([*arguments, "--build-dir", build_dir, f"--edits={json.dumps(named)}"])
    into.mkdir()
    unpack(out, into)
    return contents(into / "p-1")


def edit(action: str, *files: str, **more: Any) -> dict[str, Any]:
    return {"action": action, **({"files": list(files)} if files else {}), **more}


def test_lines_are_replaced_and_keep_their_ends(source: Path) -> None:
    found = run(source, edit("replace-line", "reqs.txt", "latin", search="^(foo.*)$", replace=r"# \1"))

    assert found["reqs.txt"] == b"# foo>=1\r\nbar\n# foobar\n"
    assert found["latin"] == b"caf\xe9\n# foo\n"
    assert found["sub/setup.py"] == b"one\n"


def test_lines_are_deleted(source: Path) -> None:
    found = run(
        source, edit("delete-line", "reqs.txt", search="^foo"), edit("delete-line", "sub/setup.py", search="e$")
    )

    assert (found["reqs.txt"], found["sub/setup.py"]) == (b"bar\n", b"")


@pytest.mark.parametrize(
    ("text", "deleted", "commented"),
    [
        ("a\n\nb\n", "a\nb\n", "#a\n#\n#b\n"),
        ("a\r\n\r\nb", "a\r\nb", "#a\r\n#\r\n#b"),
        ("\n", "", "#\n"),
    ],
)
def test_nothing_after_the_last_line_end_is_no_line(tmp_path: Path, text: str, deleted: str, commented: str) -> None:
    def changed(action: str, **more: str) -> str:
        (tmp_path / "f").write_bytes(text.encode())
        edits = json.dumps([{"title": "why", **edit(action, "f", **more)}])
        apply_edits(edits, Sources(tmp_path, tmp_path, "p", "1"))
        return (tmp_path / "f").read_bytes().decode()

    assert changed("delete-line", search="^$") == deleted
    assert changed("replace-line", search="^(.*)$", replace=r"#\1") == commented


def test_an_empty_file_has_no_line(source: Path) -> None:
    tar_gz(source, {"p-1/sub/setup.py": ""})

    with pytest.raises(ActionError, match=r"no line of sub/setup\.py matches"):
        run(source, edit("delete-line", "sub/setup.py", search="^$"))


def test_actions_see_the_result_of_those_before_them(source: Path) -> None:
    found = run(
        source,
        edit("replace-line", "sub/setup.py", search="one", replace="two"),
        edit("replace-line", "sub/setup.py", search="two", replace="three\nfour"),
    )

    assert found["sub/setup.py"] == b"three\nfour\n"


def test_the_build_system_is_changed_as_by_a_project_override(source: Path) -> None:
    found = run(
        source, edit("pyproject-build-system", update_build_requires=["wheel"], remove_build_requires=["cmake"])
    )

    assert found["sub/pyproject.toml"] == b'[build-system]\nrequires = ["setuptools", "wheel"]\n'


def test_metadata_of_the_sdist_is_corrected(source: Path) -> None:
    found = run(source, edit("fix-pkg-info", metadata_version="2.4"))

    head = b"Metadata-Version: 2.4\nName: p\nVersion: 1\nRequires-Dist: torch>=2\n"
    assert found["PKG-INFO"] == head + b"\nText: stays\n"


def test_requirements_in_the_metadata_of_the_sdist_are_pinned(source: Path) -> None:
    found = run(source, edit("pin-requires-dist-to-constraint", requirements={"torch": "==2.10.0", "none": "==1"}))

    assert found["PKG-INFO"] == INFO.replace("torch>=2", "torch==2.10.0").encode()


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        (edit("replace-line", "reqs.txt", search="^nothing$", replace=""), "no line of reqs.txt matches '^nothing$'"),
        (edit("delete-line", "reqs.txt", "none.txt", search="bar"), "the source has no file none.txt"),
        (edit("delete-line", "latin", "reqs.txt", search="bar"), "no line of latin matches 'bar'"),
        (edit("replace-line", "reqs.txt", search="bar", replace="bar"), "reqs.txt has the text that replaces 'bar' al"),
        (edit("pyproject-build-system", remove_build_requires=["none"]), "are already these"),
    ],
)
def test_an_action_without_effect_is_an_error_unless_it_may_have_none(
    source: Path, wrong: dict[str, Any], says: str
) -> None:
    with pytest.raises(ActionError) as raised:
        run(source, wrong)
    assert str(raised.value).startswith(f"p 1: {wrong['action']} (why): ")
    assert says in str(raised.value)
    assert not (source.parent / "out.tar.gz").exists()

    run(source, {**wrong, "ignore_missing": True})


def test_metadata_that_is_missing_or_correct_is_an_error(source: Path) -> None:
    tar_gz(source, {"p-1/setup.py": ""})
    with pytest.raises(ActionError, match="the source has no PKG-INFO"):
        run(source, edit("fix-pkg-info"), build_dir=".")
    tar_gz(source, {"p-1/setup.py": "", "p-1/PKG-INFO": "Name: P\nVersion: 1\n"})
    with pytest.raises(ActionError, match="PKG-INFO is already correct"):
        run(source, edit("fix-pkg-info"), build_dir=".")


def test_links_that_form_a_loop_are_a_missing_file(tmp_path: Path) -> None:
    (tmp_path / "loop").symlink_to("loop")
    text = json.dumps([{"title": "why", **edit("delete-line", "loop", search="x")}])

    with pytest.raises(ActionError, match="the source has no file loop"):
        apply_edits(text, Sources(tmp_path, tmp_path, "p", "1"))


@pytest.mark.parametrize("name", ["link", "folder/passwd"])
def test_a_file_outside_of_the_source_is_an_error(tmp_path: Path, name: str) -> None:
    """A link of a hostile source may lead out of it."""
    (tmp_path / "passwd").write_text("root\n")
    members = [file("p-1/setup.py"), symlink("p-1/link", "../../../passwd"), symlink("p-1/folder", "../../..")]
    source = tmp_path / "p-1.tar"
    source.write_bytes(plain_tar(*members))

    with pytest.raises(ActionError):
        run(source, edit("replace-line", name, search="root", replace="evil"), build_dir=".")
    assert (tmp_path / "passwd").read_text() == "root\n"
