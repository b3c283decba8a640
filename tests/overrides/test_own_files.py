"""Our files beside Fromager's settings: settings per version, build tags, and errors with file and line."""

import re
from pathlib import Path

import pytest

from fromager_gen.errors import SettingsError
from fromager_gen.overrides import OverridePaths, Overrides, lint, read_overrides

DOCS = Path(__file__).parents[2] / "docs"


def paths(folder: Path, variant: str = "cpu") -> OverridePaths:
    return OverridePaths(folder / "settings.yaml", folder / "settings", folder / "patches", variant)


def write(folder: Path, **texts: str) -> None:
    """Write files: ``theirs`` and ``ours`` for the package torch, ``all`` for all packages."""
    places = {"theirs": "settings/torch.yaml", "ours": "fromager-gen/torch.yaml", "all": "fromager-gen.yaml"}
    for name, text in texts.items():
        path = folder / places[name]
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)


def read(folder: Path, variant: str = "cpu") -> Overrides:
    return read_overrides(paths(folder, variant), set())


def test_settings_of_matching_versions_are_merged_over_those_of_the_package(tmp_path: Path) -> None:
    theirs = "env: {A: a, B: b}\nbuild_dir: one\nconfig_settings: {x: ['1']}\n"
    ours = 'versions:\n  ">=2": {env: {B: two, C: c}, build_dir: two}\n  "==2.5": {build_dir: last}\n'
    write(tmp_path, theirs=theirs, ours=ours)
    overrides = read(tmp_path)

    assert overrides.settings("torch").build_dir == "one"
    assert overrides.settings("torch", "1.9").env == (("A", "a"), ("B", "b"))
    assert overrides.settings("torch", "2.0").env == (("A", "a"), ("B", "two"), ("C", "c"))
    assert [overrides.settings("torch", version).build_dir for version in ("2.0", "2.5", "2.6rc1")] == [
        "two",
        "last",
        "two",
    ]
    assert overrides.settings("torch", "2.5").config_settings == {"x": ["1"]}
    assert '"build_dir": "last"' in overrides.settings("torch", "2.5").stated
    assert overrides.settings("other", "2.5").build_dir == "."


def test_an_entry_may_be_empty(tmp_path: Path) -> None:
    write(tmp_path, theirs="build_dir: one", ours='versions: {">=2": , "<2": {}}')

    assert read(tmp_path).settings("torch", "2").build_dir == "one"


def test_a_variant_can_have_settings_of_a_version(tmp_path: Path) -> None:
    write(tmp_path, ours='versions: {">=2": {variants: {cuda: {pre_built: true, env: {X: y}}}}}\n')

    assert read(tmp_path, "cuda").settings("torch", "2").pre_built
    assert not read(tmp_path, "cuda").settings("torch", "1").pre_built
    assert not read(tmp_path).settings("torch", "2").pre_built


def test_without_files_of_fromager_ours_are_named_in_messages(tmp_path: Path) -> None:
    write(tmp_path, ours='versions: {"<1": {build_dir: x}}\n')

    assert read(tmp_path).unused([("other", "1.0")]) == [
        f"{tmp_path}/fromager-gen/torch.yaml:1: the graph has no package torch"
    ]
    assert read(tmp_path).unused([("torch", "1.0"), ("torch", "2.0")]) == [
        f"{tmp_path}/fromager-gen/torch.yaml:1: `<1` matches no version in the graph, which has 1.0, 2.0"
    ]
    assert read(tmp_path).unused([("torch", "0.9")]) == []


def test_a_blocked_package_need_not_be_in_the_graph(tmp_path: Path) -> None:
    write(tmp_path, ours="source: {provider: not-available}")
    assert read(tmp_path).unused([]) == []
    write(tmp_path, ours="source: {provider: pypi-sdist}")
    assert len(read(tmp_path).unused([])) == 1


@pytest.mark.parametrize(
    ("ours", "says"),
    [
        ("env: {A: b}", ":1: unknown key 'env'; known keys are build_tag, external, external_libraries, patch, "),
        ("variants:\n  cpu: {env: {A: b}}", ":2: unknown key 'env'; known keys are build_tag, source"),
        ("variants:\n  cuda: {x: 1}", ":2: unknown key 'x'"),
        ("versions: [x]", ":1: expected a mapping of keys to values, not a list"),
        ("versions:\n  two: {}", ":2: 'two' is not a version specifier"),
        ("versions:\n  '>=2': {bulid_dir: x}", ":2: unknown key 'bulid_dir'; known keys are annotations"),
        ("versions:\n  '>=2':\n    build_dir: /x", ":3: build_dir '/x' is outside the source"),
        ("versions:\n  '>=2':\n    env: {A B: c}", ":3: 'A B' is not a valid name of a variable"),
        (
            "versions:\n  '>=2':\n    resolver_dist: {include_wheels: true}",
            ":3: `resolver_dist` decides which versions there are, so it can't depend on the version",
        ),
        ("versions:\n  '>=2': {source: {provider: pypi-sdist}}", ":2: `source` decides which versions there are"),
        (
            "versions:\n  '>=2': {variants: {cuda: {wheel_server_url: x}}}",
            ":2: `wheel_server_url` decides which versions there are",
        ),
        ("versions:\n  '>=2': {versions: {}}", ":2: unknown key 'versions'"),
        ("build_tag: el9", ":1: 'el9' is not a template of a build tag"),
        ("build_tag: '{number}-el9'", "is not a template"),
        ("build_tag: '{number}{os}'", "is not a template"),
        ("build_tag: '0{number}'", ":1: '0{number}' begins with a 0 before other digits or a field"),
        ("build_tag: '01'", "begins with a 0"),
        ("build_tag: 7", ":1: expected a string, not 7"),
        ("a: [", "the settings can't be read"),
    ],
)
def test_a_faulty_file_is_an_error_with_its_line(tmp_path: Path, ours: str, says: str) -> None:
    write(tmp_path, ours=ours)

    with pytest.raises(SettingsError) as raised:
        read(tmp_path)
    assert str(raised.value).startswith(f"{tmp_path}/fromager-gen/torch.yaml")
    assert says in str(raised.value)
    assert lint(paths(tmp_path)) == [str(raised.value)]


def test_a_fault_of_fromagers_file_is_reported_once(tmp_path: Path) -> None:
    write(tmp_path, theirs="x: 1", ours="build_tag: '{number}'")

    assert lint(paths(tmp_path)) == [problem for problem in lint(paths(tmp_path)) if "settings/torch.yaml:1" in problem]
    assert len(lint(paths(tmp_path))) == 1


def test_a_file_with_another_name_than_fromagers_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "fromager-gen").mkdir()
    (tmp_path / "fromager-gen" / "Flash-Attn.yaml").touch()

    with pytest.raises(SettingsError, match=r"Flash-Attn\.yaml should be named flash_attn\.yaml"):
        read(tmp_path)
    assert len(lint(paths(tmp_path))) == 1


def test_a_build_tag_has_the_template_of_the_package_else_of_all(tmp_path: Path) -> None:
    write(
        tmp_path,
        theirs="changelog: {'2': [one, two]}\n",
        ours="versions: {'>=3': {build_tag: '{number}_torch3'}}\nvariants: {rocm: {build_tag: '{number}_rocm7.1'}}\n",
        all="build_tag: '{number}_el9.6_{variant}'\nvariants: {test: {build_tag: '9{number}'}}\n",
    )

    assert read(tmp_path).build_tag("torch", "2") == "2_el9.6_cpu"
    assert read(tmp_path).build_tag("torch", "3") == "0_torch3"
    assert read(tmp_path, "rocm").build_tag("torch", "2") == "2_rocm7.1"
    assert read(tmp_path, "cuda-ubi9").build_tag("other", "1") == "0_el9.6_cuda_ubi9"
    assert read(tmp_path, "test").build_tag("torch", "2") == "92"
    assert Overrides().build_tag("torch", "2") == "0"


def test_a_build_tag_has_no_leading_zero(tmp_path: Path) -> None:
    write(tmp_path, theirs="changelog: {'2': [one]}\n", ours="build_tag: '{number}5'", all="build_tag: '0_{number}'")

    assert read(tmp_path).build_tag("torch", "2") == "15"
    assert read(tmp_path).build_tag("other", "2") == "0_0"
    with pytest.raises(SettingsError, match=r"torch 3: the template '\{number\}5' gives the build tag 05; "):
        read(tmp_path).build_tag("torch", "3")


def test_a_build_tag_can_have_the_version_of_a_constraint(tmp_path: Path) -> None:
    write(tmp_path, ours="build_tag: '{number}_torch{constraint:torch}'")
    overrides = read(tmp_path)

    for constraint, tag in (("==2.10.0", "0_torch2.10.0"), ("== 2.10+cu-1", "0_torch2.10_cu_1")):
        overrides.constraints["torch"] = constraint
        assert overrides.build_tag("torch", "2") == tag
    for constraint in ("", ">=2", "==2,<3", "==2.*"):
        overrides.constraints["torch"] = constraint
        with pytest.raises(SettingsError, match=r"torch 2: the build tag .* needs a constraint that names one version"):
            overrides.build_tag("torch", "2")


@pytest.mark.parametrize("text", ["x: 1", "build_tag: x", "variants: {a: {b: c}}", "variants: [x]"])
def test_a_faulty_file_for_all_packages_is_an_error(tmp_path: Path, text: str) -> None:
    write(tmp_path, all=text)

    with pytest.raises(SettingsError, match=r"fromager-gen\.yaml:1: "):
        read(tmp_path)
    assert len(lint(paths(tmp_path))) == 1


def test_the_digest_of_the_settings_covers_our_files(tmp_path: Path) -> None:
    write(tmp_path, ours="build_tag: '{number}'", all="build_tag: '{number}'")
    before = read(tmp_path).settings_sha256
    write(tmp_path, ours="build_tag: '{number}_a'")
    between = read(tmp_path).settings_sha256
    write(tmp_path, all="build_tag: '{number}_a'")

    assert len({before, between, read(tmp_path).settings_sha256}) == 3


@pytest.mark.parametrize("page", ["reference/own-settings.md", "how-to/no-plugin-for-the-trivial.md"])
def test_the_examples_of_the_documentation_are_valid(tmp_path: Path, page: str) -> None:
    examples = re.findall(r"^```yaml\n(.*?)^```", (DOCS / page).read_text(), re.MULTILINE | re.DOTALL)

    assert len(examples) > 3
    for example in examples:
        is_of_all = example.startswith("external_dependencies:")
        write(tmp_path, ours="{}" if is_of_all else example, all=example if is_of_all else "")
        overrides = read(tmp_path, "rocm")
        assert overrides.own_external if is_of_all else overrides.settings("torch").where
