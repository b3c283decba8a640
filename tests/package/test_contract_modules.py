"""Bazel does not let MODULE.bazel and WORKSPACE load a file, so they repeat values of the contract."""

import ast
from pathlib import Path
from typing import Any

from fromager_gen import contract

TOP = Path(__file__).parents[2]


def literals(path: Path) -> dict[str, Any]:
    """Return the arguments of each call at the top level of a Starlark file, by the name of the function."""
    calls = [node.value for node in ast.parse(path.read_text()).body if isinstance(node, ast.Expr)]
    return {
        ast.unparse(call.func): {one.arg: ast.literal_eval(one.value) for one in call.keywords if one.arg}
        | {"": [one.value for one in call.args if isinstance(one, ast.Constant)]}
        for call in calls
        if isinstance(call, ast.Call) and ast.unparse(call.func) not in ("local_path_override", "register_toolchains")
    }


def test_module_files_have_the_values_of_the_contract() -> None:
    module = literals(TOP / "MODULE.bazel")
    tests = (TOP / "tests/starlark/MODULE.bazel").read_text()
    platforms = f'bazel_dep(name = "platforms", version = "{contract.PLATFORMS_VERSION}")'

    assert module["module"] == {"name": contract.MODULE, "version": contract.VERSION, "": []}
    assert module["bazel_dep"] == {"name": "rules_python", "version": contract.RULES_PYTHON, "": []}
    assert module["use_repo"][""] == [contract.ANCHOR_REPOSITORY]
    assert platforms in (TOP / "MODULE.bazel").read_text()
    assert literals(TOP / "WORKSPACE")["workspace"]["name"] == contract.MODULE
    assert f'bazel_dep(name = "rules_python", version = "{contract.RULES_PYTHON}")' in tests
    assert f'bazel_dep(name = "{contract.MODULE}", version = "")' in tests
