"""Sources: sdist, sdist_patch, sdist_vendor."""

load("@bazel_skylib//lib:unittest.bzl", "analysistest", "asserts")
load("@fromager_gen//rules:contract.bzl", "ACTIONS")
load("@fromager_gen//rules:defs.bzl", "SdistInfo", "sdist", "sdist_patch", "sdist_vendor")

def _action(env, name):
    """Returns the one action of a target with the mnemonic that the contract gives a name."""
    found = [action for action in analysistest.target_actions(env) if action.mnemonic == ACTIONS[name][0]]
    asserts.equals(env, 1, len(found), "actions with the mnemonic of " + name)
    return found[0]

def _inputs(action):
    return [file.basename for file in action.inputs.to_list()]

def _sdist_impl(ctx):
    env = analysistest.begin(ctx)
    info = analysistest.target_under_test(env)[SdistInfo]
    asserts.equals(env, ("demo-pkg", "1.0", "demo-1.0.tar.gz"), (info.package, info.version, info.archive.basename))
    return analysistest.end(env)

_sdist_test = analysistest.make(_sdist_impl)

def _patched_impl(ctx):
    env = analysistest.begin(ctx)
    info = analysistest.target_under_test(env)[SdistInfo]
    action = _action(env, "patch")
    asserts.equals(env, "demo_pkg-1.0.tar.gz", info.archive.basename)
    asserts.equals(env, [info.archive], action.outputs.to_list())
    asserts.true(env, "fix.patch" in _inputs(action))
    asserts.true(env, "demo-1.0.tar.gz" in _inputs(action))
    asserts.equals(env, "C.UTF-8", action.env["LC_ALL"])
    return analysistest.end(env)

_patched_test = analysistest.make(_patched_impl)

def _edited_impl(ctx):
    env = analysistest.begin(ctx)
    action = _action(env, "patch")
    asserts.true(env, "--edits=[{}]" in action.argv)
    asserts.true(env, "dep-1.0.crate" in _inputs(action))
    asserts.true(env, "libs/50%s:x=dep-1.0.crate" in action.argv, "folders of the submodule")
    return analysistest.end(env)

_edited_test = analysistest.make(_edited_impl)

def _vendored_impl(ctx):
    env = analysistest.begin(ctx)
    inputs = _inputs(_action(env, "vendor"))
    for name in ["demo-1.0.tar.gz", "dep-1.0.crate", "Cargo.lock"]:
        asserts.true(env, name in inputs, name)
    return analysistest.end(env)

_vendored_test = analysistest.make(_vendored_impl)

def sources_suite(name):
    """Declares the tests.

    Args:
      name: (str) Name of the test suite.
    """
    sdist(
        name = "sdist",
        archive = "demo-1.0.tar.gz",
        package = "demo-pkg",
        version = "1.0",
    )
    sdist_patch(
        name = "patched",
        patches = ["fix.patch"],
        source = ":sdist",
        tags = ["manual"],
    )
    sdist_patch(
        name = "edited",
        edits = "[{}]",
        source = ":sdist",
        submodules = {"dep-1.0.crate": "libs/50%s:x"},
        tags = ["manual"],
    )
    sdist_vendor(
        name = "vendored",
        cargo_lock = "Cargo.lock",
        crates = ["dep-1.0.crate"],
        source = ":sdist",
        tags = ["manual"],
    )
    _sdist_test(name = "sdist_test", target_under_test = ":sdist")
    _patched_test(name = "patched_test", target_under_test = ":patched")
    _edited_test(name = "edited_test", target_under_test = ":edited")
    _vendored_test(name = "vendored_test", target_under_test = ":vendored")
    native.test_suite(name = name, tests = [":sdist_test", ":patched_test", ":edited_test", ":vendored_test"])
