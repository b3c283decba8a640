"""Settings of one package: Fromager's keys, the merged part of the variant, and errors with file and line."""

import json
import textwrap
from dataclasses import replace
from pathlib import Path

import pytest
from packaging.version import Version

from fromager_gen.errors import SettingsError
from fromager_gen.overrides import PackageSettings
from fromager_gen.overrides.sbom import Purl
from fromager_gen.overrides.settings import GlobalSettings, read_global, read_package


def read(tmp_path: Path, text: str, variant: str = "cpu") -> PackageSettings:
    path = tmp_path / "torch.yaml"
    path.write_text(textwrap.dedent(text), encoding="utf-8")
    return read_package(path, variant)


def test_an_empty_file_gives_the_defaults(tmp_path: Path) -> None:
    assert read(tmp_path, "# nothing\n") == PackageSettings(where=f"{tmp_path}/torch.yaml:1")


def test_every_key_that_affects_a_build_is_read(tmp_path: Path) -> None:
    settings = read(
        tmp_path,
        """\
        annotations: {owner: me}
        build_dir: python/./torch
        build_options: {build_ext_parallel: true, cpu_cores_per_job: 2, exclusive_build: true, memory_per_job_gb: 4}
        changelog: {"2.4.0+cpu": [one, two], 1.10: [three]}
        config_settings: {--global-option: [a, b], builddir: build}
        env: {USE_X: "0", NUMBER: 8, FRACTION: 0.5, ON: true, OFF: false, TEXT: " stripped "}
        git_options: {submodules: true, submodule_paths: [a/b]}
        project_override:
          remove_build_requires: [CMake_]
          requires_external: [" openssl (>= 3)"]
          update_build_requires: ["setuptools>=68; python_version>'3'"]
        purl: {type: pypi}
        resolver_dist: {include_sdists: false}
        """.replace("CMake_", "Ninja_Build"),
    )

    assert json.loads(settings.stated)["config_settings"] == {"--global-option": ["a", "b"], "builddir": "build"}
    assert replace(settings, stated="") == PackageSettings(
        where=f"{tmp_path}/torch.yaml:1",
        build_dir="python/torch",
        include_sdists=False,
        cpu_cores_per_job=2,
        memory_per_job_gb=4.0,
        exclusive_build=True,
        changelog={Version("2.4.0+cpu"): 2, Version("1.10"): 1},
        config_settings={"--global-option": ["a", "b"], "builddir": ["build"]},
        env=(("USE_X", "0"), ("NUMBER", "8"), ("FRACTION", "0.5"), ("ON", "1"), ("OFF", "0"), ("TEXT", "stripped")),
        submodules=True,
        purl=Purl(type="pypi"),
        submodule_paths=("a/b",),
        remove_build_requires=("ninja-build",),
        requires_external=("openssl (>= 3)",),
        update_build_requires=("setuptools>=68; python_version>'3'",),
    )


def test_env_of_the_variant_follows_env_of_the_package(tmp_path: Path) -> None:
    text = """\
        env: {Z: "1", SHARED: package, A: "2"}
        variants:
          cuda: {env: {NEW: "3", SHARED: cuda}, annotations: {x: y}}
          gaudi: {pre_built: true, wheel_server_url: "http://index.test/simple"}
        """

    cpu, cuda, gaudi = (read(tmp_path, text, variant) for variant in ("cpu", "cuda", "gaudi"))

    assert list(cpu.env) == [("Z", "1"), ("SHARED", "package"), ("A", "2")]
    assert not cpu.names_variant and not cpu.pre_built
    assert cuda.names_variant
    assert (dict(cuda.env)["SHARED"], dict(cuda.env)["NEW"]) == ("cuda", "3")
    assert gaudi.pre_built and not gaudi.names_variant
    assert gaudi.wheel_server_url == "http://index.test/simple"


@pytest.mark.parametrize(
    ("variant_env", "wanted"),
    [('{A: "${B}-3"}', {"A": "2-3", "B": "2"}), ('{A: "$A more", C: "$A"}', {"A": "1 more", "B": "2", "C": "1 more"})],
)
def test_templates_of_the_variant_can_use_all_variables_of_the_package(
    tmp_path: Path, variant_env: str, wanted: dict[str, str]
) -> None:
    """Fromager evaluates the variables of the package in file order, then those of the variant."""
    from actions.world.templates import expand

    env = read(tmp_path, f'env: {{A: "1", B: "2"}}\nvariants: {{cuda: {{env: {variant_env}}}}}\n', "cuda").env

    assert expand({}, list(env)) == wanted


@pytest.mark.parametrize(
    "value", ["$A", "${A}", "${A:-}", "${A:-x y}", "$$", "a$${b}", "${A}${B:-1}-DX=${MAX_JOBS}", "é"]
)
def test_every_form_of_template_is_read(tmp_path: Path, value: str) -> None:
    assert read(tmp_path, f"env:\n  X: '{value}'\n").env == (("X", value),)


@pytest.mark.parametrize(
    ("text", "line", "says"),
    [
        ("env: {}\ncolour: blue\n", 2, "unknown key 'colour'; known keys are annotations, build_dir"),
        ("\nbuild_options:\n  cores: 1\n", 3, "unknown key 'cores'"),
        ("variants:\n  cuda:\n    pre-built: true\n", 3, "unknown key 'pre-built'"),
        ("project_override:\n  requires: []\n", 2, "unknown key 'requires'"),
        ("git_options:\n  depth: 1\n", 2, "unknown key 'depth'"),
        ("source: {provider: x}\n", 1, "unknown key 'source'"),
        ("build_dir: 3\n", 1, "expected a string, not 3"),
        ("build_dir: /etc\n", 1, "build_dir '/etc' is outside the source"),
        ("build_dir: a/../../b\n", 1, "is outside the source"),
        ("env: [A]\n", 1, "expected a mapping of keys to values, not a list"),
        ("env:\n  A: {b: c}\n", 2, "expected a string or number, not a mapping"),
        ("env:\n  A: null\n", 2, "expected a string or number, not null"),
        ("env:\n  A: 1\n  'B C': 1\n", 3, "'B C' is not a valid name of a variable"),
        ("env:\n  A=B: 1\n", 2, "'A=B' is not a valid name of a variable"),
        ("env:\n  A: $(id)\n", 2, r"'\$\(id\)' calls a command"),
        ("env:\n  A: ${B:+x}\n", 2, "is not a valid template"),
        ("env:\n  A: 100$\n", 2, "is not a valid template"),
        ("env:\n  A: '${B:-http://x}'\n", 2, "is not a valid template"),
        ("env:\n  A: ${1}\n", 2, "is not a valid template"),
        ('env:\n  A: "a\\nb"\n', 2, "contains a line end or NUL"),
        ('env:\n  A: "a\\0b"\n', 2, "contains a line end or NUL"),
        ("build_options: {cpu_cores_per_job: 0}\n", 1, "expected a number of at least 1, not 0"),
        ("build_options: {cpu_cores_per_job: 1.5}\n", 1, "expected a whole number, not 1.5"),
        ("build_options: {cpu_cores_per_job: true}\n", 1, "expected a number .*, not True"),
        ("build_options: {memory_per_job_gb: 0.01}\n", 1, "expected a number of at least 0.1"),
        ("build_options: {memory_per_job_gb: .nan}\n", 1, "expected a number of at least 0.1"),
        ("build_options: {exclusive_build: 'yes'}\n", 1, "expected true or false, not 'yes'"),
        ("changelog:\n  latest: [a]\n", 2, "'latest' is not a valid version"),
        ("changelog:\n  '1.0': text\n", 2, "expected a list, not 'text'"),
        ("config_settings:\n  a: 1\n", 2, "expected a string, not 1"),
        ("config_settings:\n  a: |\n    x\n    --timeout=1\n", 2, "the setting 'a' can't be passed on"),
        ("config_settings:\n  b=c: d\n", 2, "the setting 'b=c' can't be passed on"),
        ("variants:\n  cpu: {pre_built: 1}\n", 2, "expected true or false, not 1"),
        ("variants:\n  cpu: []\n", 2, "expected a mapping of keys to values"),
        ("variants:\n  cpu:\n", 2, "the variant 'cpu' states nothing"),
        ("purl: pkg:pypi/a\n", 1, "expected a mapping of keys to values, not 'pkg:pypi/a'"),
        ("project_override:\n  requires_external: ['a\n\n    b']\n", 2, r"'a\\nb' can't be a line of METADATA"),
        ("project_override:\n  requires_external: [' ']\n", 2, "' ' can't be a line of METADATA"),
        ("purl: {colour: red}\n", 1, "unknown key 'colour'; known keys are name, namespace"),
        ("resolver_dist:\n  ignore_platform: true\n", 2, "has no effect without `include_wheels: true`"),
        ("download_source:\n  destination_filename: ../x.tar.gz\n", 2, "is not the name of a source archive"),
        ("download_source:\n  destination_filename: '${version}.whl'\n", 2, "is not the name of a source archive"),
        ("project_override:\n  update_build_requires:\n  - a\n  - 'b >= >'\n", 4, "'b >= >' is not a valid req"),
        ("project_override:\n  update_build_requires: ['b @ http://index.test/b']\n", 2, "a name with versions"),
        ("project_override:\n  remove_build_requires: cmake\n", 2, "expected a list, not 'cmake'"),
        ("project_override:\n  remove_build_requires: ['a>=3']\n", 2, "not a valid package name; expected a name"),
        (f"resolver_dist:\n  min_release_age: 1{'0' * 400}\n", 2, "expected a number of at most"),
        ("resolver_dist:\n  min_release_age: 36501\n", 2, "36501 days are more than a century"),
        ("- a\n", 1, "settings must be a mapping"),
        ("text\n", 1, "settings must be a mapping"),
        ("env: {A: 1}\nenv: {B: 1}\n", 2, "the key 'env' appears twice"),
        ("env:\n  A: 1\n  A: 2\n", 3, "the key 'A' appears twice"),
    ],
)  # fmt: skip
def test_an_invalid_setting_is_an_error_with_file_and_line(tmp_path: Path, text: str, line: int, says: str) -> None:
    with pytest.raises(SettingsError, match=says) as raised:
        read(tmp_path, text)
    assert str(raised.value).startswith(f"{tmp_path}/torch.yaml:{line}: ")
    assert raised.value.exit_code == 5


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"env: [1\n", "the settings can't be read"),
        (b"env: \xff\n", "the settings can't be read"),
        (b"a: 1\n---\nb: 2\n", "the settings can't be read"),
        (b"build_dir: !!python/name:os.system ''\n", "the settings can't be read"),
        (b"env: " + b"[" * 50_000, "the settings can't be read"),
        (b"a: &a [1]\nb: *a\n", "line 2: aliases are not allowed"),
        (b"env: &e {A: '1'}\nvariants: {cpu: {env: {<<: *e}}}\n", "aliases are not allowed"),
        (b"? [a, b]\n: 1\n", "torch.yaml"),
    ],
)
def test_an_invalid_settings_file_is_an_error(tmp_path: Path, data: bytes, says: str) -> None:
    path = tmp_path / "torch.yaml"
    path.write_bytes(data)

    with pytest.raises(SettingsError, match=says) as raised:
        read_package(path, "cpu")
    assert str(path) in str(raised.value)
    assert "\n" not in str(raised.value)


@pytest.mark.timeout(60)
def test_an_alias_bomb_is_refused_at_once(tmp_path: Path) -> None:
    rows = ["a: &a [x, x]"] + [
        f"{chr(98 + n)}: &{chr(98 + n)} [{', '.join([f'*{chr(97 + n)}'] * 9)}]" for n in range(20)
    ]

    with pytest.raises(SettingsError, match="aliases are not allowed"):
        read(tmp_path, "\n".join(rows))


def test_a_missing_file_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"none\.yaml: the settings can't be read"):
        read_package(tmp_path / "none.yaml", "cpu")


def test_global_settings_count_the_variants_changelog(tmp_path: Path) -> None:
    path = tmp_path / "settings.yaml"
    text = "changelog: {cpu: [a, b], cuda: [c]}\nsbom: {}\nexternal_commands: {}\nwheels: {}\n"
    path.write_text(text)

    assert [read_global(path, variant).changelog for variant in ("cpu", "cuda", "rocm")] == [2, 1, 0]
    assert read_global(tmp_path / "none.yaml", "cpu") == GlobalSettings()


def test_old_keys_are_ignored_with_a_warning(tmp_path: Path, logged: list[str]) -> None:
    (tmp_path / "settings.yaml").write_text("packages: {a: {}}\npre_built: {cpu: [b]}\n")

    assert read_global(tmp_path / "settings.yaml", "cpu") == GlobalSettings()
    assert len([row for row in logged if "is of Fromager 0.27 and is ignored" in row]) == 2


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("colours: {}\n", r"settings\.yaml:1: unknown key 'colours'"),
        ("wheels: {hook: 'm:f'}\n", r"settings\.yaml:1: unknown key 'hook'"),
        ("sbom:\n  colour: red\n", r"settings\.yaml:2: unknown key 'colour'; known keys are creators, namespace"),
        ("external_commands: {env: []}\n", r"settings\.yaml:1: unknown key 'env'; known keys are delete_env, keep_env"),
        ("changelog: {cpu: x}\n", r"settings\.yaml:1: expected a list"),
    ],
)
def test_invalid_global_settings_are_an_error(tmp_path: Path, text: str, says: str) -> None:
    path = tmp_path / "settings.yaml"
    path.write_text(text)

    with pytest.raises(SettingsError, match=says):
        read_global(path, "cpu")
