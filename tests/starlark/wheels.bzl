"""Wheels: pep517_wheel, pep517_targets, prebuilt_wheel, wheel_library, wheelhouse."""

load("@bazel_skylib//lib:unittest.bzl", "analysistest", "asserts")
load("@fromager_gen//rules:contract.bzl", "ACTIONS", "BUILD_TIMEOUT", "DEFAULT_JOBS", "REVERSED_FILE_ORDER")
load("@fromager_gen//rules:defs.bzl", "WheelInfo", "pep517_targets", "prebuilt_wheel", "sdist_vendor", "wheel_library", "wheelhouse")
load("@rules_python//python:py_info.bzl", "PyInfo")

def _action(env, name):
    found = [action for action in analysistest.target_actions(env) if action.mnemonic == ACTIONS[name][0]]
    asserts.equals(env, 1, len(found), "actions with the mnemonic of " + name)
    return found[0]

def _inputs(action):
    return [file.basename for file in action.inputs.to_list()]

def _value(action, flag):
    """Returns what follows a flag in an action's arguments."""
    words = action.argv
    return words[words.index(flag) + 1]

def _built_impl(ctx):
    env = analysistest.begin(ctx)
    info = analysistest.target_under_test(env)[WheelInfo]
    action = _action(env, "wheel")
    asserts.equals(env, ("demo-pkg", "1.0", False), (info.package, info.version, info.prebuilt))
    asserts.true(env, info.wheel.is_directory)
    asserts.equals(env, str(DEFAULT_JOBS), _value(action, "--jobs"))
    asserts.equals(env, str(BUILD_TIMEOUT), _value(action, "--timeout"))
    asserts.equals(env, "build_wheel", action.argv[action.argv.index("--package") - 1])
    asserts.true(env, "--env=X=$HOME/$(id)" in action.argv, "a setting is one argument")
    asserts.true(env, "CC=cc" in action.argv)
    asserts.false(env, "CUDA_HOME=/usr/local/cuda" in action.argv)
    asserts.false(env, "--on-disk" in action.argv)
    asserts.false(env, "--reverse-order" in action.argv)
    asserts.true(env, "tool.installed.tar" in _inputs(action), "a build requirement is an input")
    asserts.true(env, "fingerprint.txt" in _inputs(action), "the compiler's fingerprint is an input")
    asserts.false(env, "cuda.txt" in _inputs(action), "the accelerator is an input only where it is asked for")
    return analysistest.end(env)

_built_test = analysistest.make(_built_impl)

def _reversed_impl(ctx):
    env = analysistest.begin(ctx)
    asserts.true(env, "--reverse-order" in _action(env, "wheel").argv)
    return analysistest.end(env)

_reversed_test = analysistest.make(
    _reversed_impl,
    config_settings = {str(Label("@fromager_gen//rules:file_order")): REVERSED_FILE_ORDER},
)

def _accelerated_impl(ctx):
    env = analysistest.begin(ctx)
    action = _action(env, "wheel")
    asserts.true(env, "CUDA_HOME=/usr/local/cuda" in action.argv)
    asserts.true(env, "cuda.txt" in _inputs(action))
    asserts.true(env, "--on-disk" in action.argv, "a large build writes to the disk")
    return analysistest.end(env)

_accelerated_test = analysistest.make(_accelerated_impl)

def _asked_impl(ctx):
    env = analysistest.begin(ctx)
    action = _action(env, "ask")
    asserts.equals(env, "build_requires", _value(action, "--question"))
    asserts.false(env, "tool.installed.tar" in _inputs(action), "no_build_system leaves the environment empty")
    asserts.true(env, "demo-1.0.tar.gz" in _inputs(action))
    asserts.false(env, "dep-1.0.crate" in _inputs(action), "crates are not needed to ask")
    return analysistest.end(env)

_asked_test = analysistest.make(_asked_impl)

def _crated_impl(ctx):
    env = analysistest.begin(ctx)
    asserts.true(env, "--pin-requires=?a ==1" in _action(env, "wheel").argv)
    inputs = _inputs(_action(env, "wheel"))
    asserts.true(env, "demo-1.0.tar.gz" in inputs and "dep-1.0.crate" in inputs, "the build lays crates out itself")
    return analysistest.end(env)

_crated_test = analysistest.make(_crated_impl)

def _prebuilt_impl(ctx):
    env = analysistest.begin(ctx)
    info = analysistest.target_under_test(env)[WheelInfo]
    asserts.equals(env, ("tool", "2.0", True), (info.package, info.version, info.prebuilt))
    asserts.true(env, "--strict" in _action(env, "prebuilt").argv)
    return analysistest.end(env)

_prebuilt_test = analysistest.make(_prebuilt_impl)

def _library_impl(ctx):
    env = analysistest.begin(ctx)
    imports = analysistest.target_under_test(env)[PyInfo].imports.to_list()
    asserts.equals(env, ["built.site-packages", "tool.site-packages"], [path.split("/")[-1] for path in imports])
    return analysistest.end(env)

_library_test = analysistest.make(_library_impl)

def _wheelhouse_impl(ctx):
    env = analysistest.begin(ctx)
    target = analysistest.target_under_test(env)
    asserts.equals(env, ["built", "tool"], sorted([name for name in _inputs(_action(env, "wheelhouse")) if "." not in name and name != "python3"]))
    asserts.equals(env, ["built.log"], [file.basename for file in target[OutputGroupInfo].log.to_list()])
    return analysistest.end(env)

_wheelhouse_test = analysistest.make(_wheelhouse_impl)

def _builds():
    prebuilt_wheel(
        name = "tool",
        file = "tool-2.0-py3-none-any.whl",
        package = "tool",
        strict = True,
        tags = ["manual"],
        version = "2.0",
    )
    pep517_targets(
        name = "built",
        build_requires = [":tool"],
        env = ["X=$HOME/$(id)"],
        no_build_system = True,
        source = ":sdist",
        tags = ["manual"],
    )
    sdist_vendor(
        name = "crated_source",
        crates = ["dep-1.0.crate"],
        source = ":sdist",
        tags = ["manual"],
    )
    pep517_targets(
        name = "crated",
        accelerator = True,
        pin_requires = ["?a ==1"],
        resources = "large",
        source = ":crated_source",
        tags = ["manual"],
        unvendored = ":sdist",
    )

def _libraries():
    wheel_library(
        name = "lib",
        requires = [":tool"],
        tags = ["manual"],
        wheel = ":built",
    )
    wheelhouse(
        name = "house",
        tags = ["manual"],
        wheels = [":built", ":tool"],
    )

def wheels_suite(name):
    """Declares the tests.

    Args:
      name: (str) Name of the test suite.
    """
    _builds()
    _libraries()
    tests = {
        "accelerated_test": (_accelerated_test, ":crated"),
        "asked_test": (_asked_test, ":built_build_requires"),
        "built_test": (_built_test, ":built"),
        "crated_test": (_crated_test, ":crated"),
        "library_test": (_library_test, ":lib"),
        "prebuilt_test": (_prebuilt_test, ":tool"),
        "reversed_test": (_reversed_test, ":built"),
        "wheelhouse_test": (_wheelhouse_test, ":house"),
    }
    for test, (rule, target) in tests.items():
        rule(name = test, target_under_test = target)
    native.test_suite(name = name, tests = [":" + test for test in tests])
