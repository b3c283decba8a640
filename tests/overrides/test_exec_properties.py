"""remote.yaml: the properties of workers, for all actions and by size class."""

from pathlib import Path

import pytest

from fromager_gen.errors import SettingsError
from fromager_gen.graph import read_graph
from fromager_gen.lock import Lock
from fromager_gen.overrides import OverridePaths, lint, read_overrides
from fromager_gen.overrides.exec_properties import ExecProperties, read_exec_properties
from fromager_gen.plan import PlanOptions, make_plan
from fromager_gen.render import render

GOLDEN = Path(__file__).parents[1] / "golden" / "pure"


def written(folder: Path, text: str) -> Path:
    (folder / "remote.yaml").write_text(text)
    return folder / "settings.yaml"


def test_without_a_file_there_are_no_properties(tmp_path: Path) -> None:
    assert read_exec_properties(tmp_path / "settings.yaml") == ExecProperties()
    assert read_exec_properties(written(tmp_path, "# nothing\n")) == ExecProperties()


def test_properties_are_texts_sorted_by_name(tmp_path: Path) -> None:
    found = read_exec_properties(written(tmp_path, 'exec_properties: {Pool: wheels, OSFamily: linux, slots: "2"}\n'))

    assert found.of_all == (("OSFamily", "linux"), ("Pool", "wheels"), ("slots", "2"))


def test_properties_of_a_size_can_name_its_resources(tmp_path: Path) -> None:
    text = 'sizes:\n  large: {EstimatedCPU: "${cpu}", mem: "${megabytes}MB"}\n  long: {cpu: "${cpu}"}\n'
    found = read_exec_properties(written(tmp_path, text))

    assert found.of_sizes == {
        "large": (("EstimatedCPU", "4"), ("mem", "16000MB")),
        # A long build declares no core to Bazel, but it needs one.
        "long": (("cpu", "1"),),
    }


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("pool: x", ":1: unknown key 'pool'; known keys are exec_properties, sizes"),
        ("exec_properties: x", ":1: exec_properties: expected a mapping"),
        ("exec_properties:\n  'a b': x", ":2: 'a b' is not a valid name of a property"),
        ("exec_properties:\n  'a=b': x", ":2: 'a=b' is not a valid name of a property"),
        ('exec_properties:\n  a: "x\\ny"', ":2: a: expected printable ASCII text"),
        ("exec_properties:\n  a: [x]", ":2: a: expected a text"),
        ("exec_properties:\n  a: 012", ":2: a: expected a text; put numbers, true and false in quotes"),
        ("exec_properties:\n  a: ${cpu}", ":2: a: ${cpu} is not known: only properties of a size class"),
        ("sizes:\n  big: {}", ":2: unknown size class 'big'; the classes are exclusive, huge"),
        ("sizes:\n  large: 3", ":2: large: expected a mapping"),
        ("sizes:\n  large: {a: '${disk}'}", ":2: a: ${disk} is not known"),
        ("sizes:\n  exclusive: {a: '${cpu}'}", ":2: a: ${cpu} is not known"),
        ("a: [", "the settings can't be read"),
        ("a: 1\nb: 2", "remote.yaml: 2 problems"),
    ],
)
def test_invalid_properties_are_errors_with_their_lines(tmp_path: Path, text: str, says: str) -> None:
    with pytest.raises(SettingsError) as caught:
        read_exec_properties(written(tmp_path, text))
    assert says in str(caught.value)


def test_lint_reports_invalid_properties(tmp_path: Path) -> None:
    written(tmp_path, "pool: x")

    assert lint(OverridePaths(tmp_path / "settings.yaml", tmp_path / "settings", tmp_path / "patches")) == [
        f"{tmp_path}/remote.yaml:1: unknown key 'pool'; known keys are exec_properties, sizes"
    ]


def test_the_properties_are_part_of_the_workspace(tmp_path: Path) -> None:
    written(
        tmp_path, 'exec_properties: {image: "docker://x y#\\"z\\\\"}\nsizes: {small: {Pool: s}, large: {Pool: l}}\n'
    )
    overrides = read_overrides(
        OverridePaths(tmp_path / "settings.yaml", tmp_path / "settings", tmp_path / "patches"), set()
    )
    graph = read_graph(GOLDEN / "graph.json")
    texts = render(make_plan(graph, Lock({}, {}, "3.12"), overrides, PlanOptions("3.12")))

    assert '\nbuild "--remote_default_exec_properties=image=docker://x y#\\"z\\\\"\n' in texts[".bazelrc"]
    built = [text for path, text in texts.items() if path.startswith("packages/") and path.count("/") == 3]
    assert built and all('exec_properties = {\n        "Pool": "s",\n    },' in text for text in built)
    assert overrides.settings_sha256
