"""What analysis refuses, and in which words."""

load("@bazel_skylib//lib:unittest.bzl", "analysistest", "asserts")
load("@fromager_gen//rules:defs.bzl", "pep517_wheel", "prebuilt_wheel")
load("@fromager_gen//toolchains:defs.bzl", "accelerator_toolchain", "python_toolchain")

def _refused_impl(ctx):
    env = analysistest.begin(ctx)
    for text in ctx.attr.says:
        asserts.expect_failure(env, text)
    return analysistest.end(env)

_refused_test = analysistest.make(
    _refused_impl,
    attrs = {"says": attr.string_list(doc = "Texts that the error has.")},
    expect_failure = True,
)

_unknown_order_test = analysistest.make(
    _refused_impl,
    attrs = {"says": attr.string_list(doc = "Texts that the error has.")},
    config_settings = {str(Label("@fromager_gen//rules:file_order")): "sorted"},
    expect_failure = True,
)

def _wheels():
    for version in ["1", "2"]:
        prebuilt_wheel(
            name = "same_" + version,
            file = "tool-2.0-py3-none-any.whl",
            package = "same",
            tags = ["manual"],
            version = version,
        )
    pep517_wheel(
        name = "two_versions",
        build_requires = [":same_1", ":same_2"],
        source = ":sdist",
        tags = ["manual"],
    )
    pep517_wheel(
        name = "rust",
        rust = True,
        source = ":sdist",
        tags = ["manual"],
    )

def _toolchains():
    python_toolchain(
        name = "no_python",
        tags = ["manual"],
        version = "3.12",
    )
    python_toolchain(
        name = "unknown_python",
        interpreter = "//toolchains:python3",
        tags = ["manual"],
        version = "3.12",
    )
    python_toolchain(
        name = "missing_python",
        missing = "no Python 3.12 on this machine",
        tags = ["manual"],
        version = "3.12",
    )
    accelerator_toolchain(
        name = "no_accelerator",
        tags = ["manual"],
    )

def failures_suite(name):
    """Declares the tests.

    Args:
      name: (str) Name of the test suite.
    """
    _wheels()
    _toolchains()
    says = {
        "missing_python": ["no Python 3.12 on this machine"],
        "no_accelerator": ["set `programs`, `files` or `data`, or a `fingerprint`"],
        "no_python": ["set `interpreter`, or `missing`"],
        "rust": ["demo-pkg needs Rust, but no Rust is registered for the platform"],
        "two_versions": ["build_requires has same 1 (", ") and 2 (", "keep one"],
        "unknown_python": ["set the interpreter's `files`, or a `fingerprint`"],
    }
    for target, texts in says.items():
        _refused_test(name = target + "_test", says = texts, target_under_test = ":" + target)
    _unknown_order_test(
        name = "unknown_order_test",
        says = ["\"sorted\" is not an order of files; use archive or reversed"],
        target_under_test = "@fromager_gen//rules:file_order",
    )
    native.test_suite(name = name, tests = [":{}_test".format(target) for target in list(says) + ["unknown_order"]])
