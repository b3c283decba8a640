"""Rules that build Python wheels from source. Load them from this file, as generated BUILD files do.

    load("//rules:defs.bzl", "fetched_sdist", "pep517_wheel", "sdist")

    sdist(
        name = "sdist",
        archive = fetched_sdist("stevedore", "5.10.0"),
        package = "stevedore",
        version = "5.10.0",
    )

    pep517_wheel(
        name = "wheel",
        build_requires = ["//packages/pbr/7.0.3:wheel"],
        source = ":sdist",
    )
"""

load("//rules:providers.bzl", _PluginInfo = "PluginInfo", _SdistInfo = "SdistInfo", _WheelInfo = "WheelInfo")
load("//rules/private:backend_answer.bzl", _backend_build_requires = "backend_build_requires", _backend_metadata = "backend_metadata", _plugin_build_system = "plugin_build_system", _plugin_sdist_requires = "plugin_sdist_requires")
load("//rules/private:labels.bzl", _fetched_crates = "fetched_crates", _fetched_git = "fetched_git", _fetched_sdist = "fetched_sdist", _fetched_wheel = "fetched_wheel")
load("//rules/private:pep517_targets.bzl", _pep517_targets = "pep517_targets")
load("//rules/private:pep517_wheel.bzl", _pep517_wheel = "pep517_wheel")
load("//rules/private:plugin.bzl", _plugin = "plugin")
load("//rules/private:prebuilt_wheel.bzl", _prebuilt_wheel = "prebuilt_wheel")
load("//rules/private:sdist.bzl", _sdist = "sdist")
load("//rules/private:sdist_patch.bzl", _sdist_patch = "sdist_patch")
load("//rules/private:sdist_vendor.bzl", _sdist_vendor = "sdist_vendor")
load("//rules/private:source_steps.bzl", _backend_sdist = "backend_sdist", _plugin_source = "plugin_source")
load("//rules/private:wheel_gates_test.bzl", _wheel_gates_test = "wheel_gates_test")
load("//rules/private:wheel_library.bzl", _wheel_library = "wheel_library")
load("//rules/private:wheelhouse.bzl", _wheelhouse = "wheelhouse")
load("//rules/private:wheelhouse_for_platform.bzl", _wheelhouse_for_platform = "wheelhouse_for_platform")

PluginInfo = _PluginInfo
SdistInfo = _SdistInfo
WheelInfo = _WheelInfo
backend_build_requires = _backend_build_requires
backend_metadata = _backend_metadata
fetched_crates = _fetched_crates
fetched_git = _fetched_git
fetched_sdist = _fetched_sdist
fetched_wheel = _fetched_wheel
pep517_targets = _pep517_targets
pep517_wheel = _pep517_wheel
plugin = _plugin
plugin_build_system = _plugin_build_system
backend_sdist = _backend_sdist
plugin_sdist_requires = _plugin_sdist_requires
plugin_source = _plugin_source
prebuilt_wheel = _prebuilt_wheel
sdist = _sdist
sdist_patch = _sdist_patch
sdist_vendor = _sdist_vendor
wheel_gates_test = _wheel_gates_test
wheel_library = _wheel_library
wheelhouse = _wheelhouse
wheelhouse_for_platform = _wheelhouse_for_platform
