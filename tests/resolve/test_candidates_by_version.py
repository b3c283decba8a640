"""Candidates of a package whose settings differ between versions."""

from pathlib import Path

from support.indexes import Shelf, finder_of

from fromager_gen.overrides import OverridePaths, read_settings


def test_some_versions_can_be_published_wheels(tmp_path: Path) -> None:
    (tmp_path / "fromager-gen").mkdir()
    text = 'versions: {">=2": {variants: {cpu: {pre_built: true}}}}'
    (tmp_path / "fromager-gen" / "a.yaml").write_text(text)
    settings = read_settings(OverridePaths(tmp_path / "settings.yaml", tmp_path / "settings"))
    index = Shelf(
        "a-1.tar.gz", "a-1-py3-none-any.whl", "a-2.tar.gz", "a-2-py3-none-any.whl", "a-3.tar.gz",
        "a-4-cp310-cp310-win_amd64.whl",
    )  # fmt: skip
    found = finder_of(index, a=settings["a"]).candidates("a")

    assert [(one.filename, one.pre_built) for one in found] == [("a-2-py3-none-any.whl", True), ("a-1.tar.gz", False)]
