"""The settings that a wheel contains, in the form of Fromager."""

import json
from pathlib import Path

import tomlkit

from fromager_gen.overrides.settings import read_package

SETTINGS = """\
changelog: {"5.2.0": [one, two]}
variants:
  cuda: {wheel_server_url: "https://h.test/simple", pre_built: true}
  cpu: {env: {D: e}, annotations: {q: r}}
env: {A: "1", B: 2, C: true, D: " x "}
build_options: {memory_per_job_gb: 2, cpu_cores_per_job: 2}
project_override: {requires_external: [x], update_build_requires: ["pbr>=2"]}
annotations: {a: b}
purl:
config_settings: {k: v, l: [a, b]}
resolver_dist: {include_sdists: true}
"""
# As Fromager 0.101.0 writes them, but for the order of the variants, which is that of the file.
WRITTEN = """\
[annotations]
a = "b"

[changelog]
"5.2.0" = ["one", "two"]

[config_settings]
k = "v"
l = ["a", "b"]

[env]
A = "1"
B = "2"
C = "1"
D = "x"

[resolver_dist]
include_sdists = true

[build_options]
cpu_cores_per_job = 2
memory_per_job_gb = 2.0

[project_override]
update_build_requires = ["pbr>=2"]
requires_external = ["x"]

[variants.cuda]
wheel_server_url = "https://h.test/simple"
pre_built = true

[variants.cpu.annotations]
q = "r"

[variants.cpu.env]
D = "e"
"""


def stated(folder: Path, text: str) -> str:
    (folder / "a.yaml").write_text(text)
    return read_package(folder / "a.yaml", "cpu").stated


def test_stated_settings_have_the_order_and_types_of_fromager(tmp_path: Path) -> None:
    assert tomlkit.dumps(json.loads(stated(tmp_path, SETTINGS))) == WRITTEN


def test_an_empty_file_states_nothing(tmp_path: Path) -> None:
    assert stated(tmp_path, "") == ""


def test_the_text_fits_into_one_argument_of_an_action(tmp_path: Path) -> None:
    assert stated(tmp_path, 'annotations: {a: "one\\ntwo \u00fc"}').isascii()
    assert "\n" not in stated(tmp_path, 'annotations: {a: "one\\ntwo"}')
