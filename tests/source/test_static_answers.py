"""Backends need not be asked if their code and the project's tables determine the answer."""

from pathlib import Path

import pytest
from build import ProjectBuilder
from build.env import DefaultIsolatedEnv
from support.samples import tar_gz

from fromager_gen.errors import ResolutionError
from fromager_gen.source.facts import Facts, facts_of_source

FLIT = '[build-system]\nrequires = ["flit_core"]\nbuild-backend = "flit_core.buildapi"\n'
HATCH = '[build-system]\nrequires = ["hatchling"]\nbuild-backend = "hatchling.build"\n'
POETRY = '[build-system]\nrequires = ["poetry-core"]\nbuild-backend = "poetry.core.masonry.api"\n'
STATIC = '[project]\nname = "demo"\nversion = "1.0"\ndescription = "x"\ndependencies = ["a"]\n'
DYNAMIC = '[project]\nname = "demo"\ndescription = "x"\ndynamic = ["version"]\n'
NOTHING = [
    pytest.param(FLIT + STATIC, id="flit with a static version"),
    pytest.param(FLIT + DYNAMIC, id="flit with nothing to import"),
    pytest.param(FLIT + STATIC + 'dynamic = ["import-names"]', id="flit with something else dynamic"),
    pytest.param(POETRY + DYNAMIC, id="poetry"),
    pytest.param(HATCH + DYNAMIC, id="hatchling"),
    pytest.param(
        HATCH + STATIC + '[tool.hatch.version]\npath = "x"\n[tool.hatch.build.targets.wheel]\npackages = ["x"]',
        id="hatchling with settings",
    ),
    pytest.param(
        HATCH + STATIC + '[tool.hatch.build.targets.sdist]\ndependencies = ["x"]', id="hatchling, for an sdist only"
    ),
]


def facts(folder: Path, pyproject: str, **more: str) -> Facts:
    files = {f"demo-1.0/{name}": text for name, text in {"pyproject.toml": pyproject, **more}.items()}
    return facts_of_source(tar_gz(folder / "demo-1.0.tar.gz", files), "demo", "1.0")


@pytest.mark.parametrize("pyproject", NOTHING)
def test_a_backend_that_requires_nothing_more_is_not_asked(tmp_path: Path, pyproject: str) -> None:
    assert facts(tmp_path, pyproject).build_requires == ()


@pytest.mark.parametrize(
    "pyproject",
    [
        pytest.param("", id="legacy"),
        pytest.param('[build-system]\nrequires = ["x"]\nbuild-backend = "x"\n' + STATIC, id="unknown"),
        pytest.param(FLIT + 'backend-path = ["."]\n' + STATIC, id="flit in the source"),
        pytest.param(HATCH.replace("hatchling.build", "hatchling.ouroboros") + STATIC, id="hatchling's own"),
        pytest.param(FLIT + DYNAMIC + 'dependencies = ["a"]', id="flit may import"),
        pytest.param(FLIT + DYNAMIC + 'optional-dependencies = { x = ["a"] }', id="flit may import with extras"),
        pytest.param(FLIT + '[tool.flit.metadata]\nmodule = "demo"', id="flit of old"),
        *(
            pytest.param(HATCH + STATIC + f"[tool.hatch.build{target}{rest}", id=f"hatchling {target}{rest}")
            for target in ("", ".targets.wheel")
            for rest in (
                ".hooks.vcs]",
                ']\ndependencies = ["x"]',
                "]\nrequire-runtime-dependencies = true",
                ']\nrequire-runtime-features = ["x"]',
            )
        ),
    ],
)
def test_a_backend_that_may_require_more_is_asked(tmp_path: Path, pyproject: str) -> None:
    assert facts(tmp_path, pyproject).build_requires is None


def test_hatchling_is_asked_if_the_source_has_hatch_toml(tmp_path: Path) -> None:
    assert facts(tmp_path, HATCH + STATIC, **{"hatch.toml": ""}).build_requires is None


def test_a_backend_in_the_source_likely_requires_the_projects_dependencies(tmp_path: Path) -> None:
    inside = HATCH.replace("hatchling.build", "hatchling.ouroboros") + 'backend-path = ["src"]\n'

    assert facts(tmp_path, inside + STATIC).likely_build_requires == ("a",)
    assert facts(tmp_path, HATCH + STATIC).likely_build_requires == ()


@pytest.mark.parametrize("wrong", ["[tool]\nhatch = 1", "[tool.hatch]\nbuild = []", "[tool.hatch.build]\ntargets = 1"])
def test_values_in_place_of_tables_are_an_error(tmp_path: Path, wrong: str) -> None:
    with pytest.raises(ResolutionError, match=r"demo 1\.0: its pyproject\.toml does not follow the standards"):
        facts(tmp_path, HATCH + STATIC + wrong)


@pytest.mark.index
@pytest.mark.parametrize("pyproject", NOTHING)
def test_the_real_backend_requires_nothing_more(tmp_path: Path, pyproject: str) -> None:
    (tmp_path / "pyproject.toml").write_text(pyproject)
    (tmp_path / "demo.py").write_text('"""A demo."""\n__version__ = "1.0"\n')
    (tmp_path / "x").write_text('__version__ = "1.0"\n')
    with DefaultIsolatedEnv() as env:
        builder = ProjectBuilder.from_isolated_env(env, tmp_path)
        env.install(builder.build_system_requires)

        assert builder.get_requires_for_build("wheel") == set()
