"""Rules that declare toolchains, for workspaces with their own toolchains.

    load("//toolchains:defs.bzl", "accelerator_toolchain")
"""

load("//toolchains:tools.bzl", _ToolsInfo = "ToolsInfo")
load("//toolchains/accelerator:accelerator_toolchain.bzl", _accelerator_toolchain = "accelerator_toolchain")
load("//toolchains/cc:cc_toolchain.bzl", _cc_tools_toolchain = "cc_tools_toolchain")
load("//toolchains/cc:zig_cc.bzl", _ZigInfo = "ZigInfo", _zig_cc_toolchain = "zig_cc_toolchain", _zig_programs = "zig_programs")
load("//toolchains/external:external_toolchain.bzl", _ExternalDependencyInfo = "ExternalDependencyInfo", _external_dependency = "external_dependency", _external_toolchain = "external_toolchain")
load("//toolchains/external:pinned_external.bzl", _debian_dependency = "debian_dependency", _debian_files = "debian_files")
load("//toolchains/posix:pinned_posix.bzl", _pinned_posix = "pinned_posix")
load("//toolchains/posix:posix_toolchain.bzl", _posix_tools_toolchain = "posix_tools_toolchain")
load("//toolchains/python:adapted_python.bzl", _adapted_python_toolchain = "adapted_python_toolchain")
load("//toolchains/python:pinned_python.bzl", _PythonTargetInfo = "PythonTargetInfo", _pinned_python = "pinned_python", _target_python = "target_python")
load("//toolchains/python:python_toolchain.bzl", _PythonInfo = "PythonInfo", _python_toolchain = "python_toolchain")
load("//toolchains/rust:adapted_rust.bzl", _adapted_rust_toolchain = "adapted_rust_toolchain")
load("//toolchains/rust:rust_toolchain.bzl", _rust_sysroot_toolchain = "rust_sysroot_toolchain")

ExternalDependencyInfo = _ExternalDependencyInfo
PythonInfo = _PythonInfo
PythonTargetInfo = _PythonTargetInfo
ToolsInfo = _ToolsInfo
ZigInfo = _ZigInfo
accelerator_toolchain = _accelerator_toolchain
adapted_python_toolchain = _adapted_python_toolchain
adapted_rust_toolchain = _adapted_rust_toolchain
cc_tools_toolchain = _cc_tools_toolchain
debian_dependency = _debian_dependency
debian_files = _debian_files
external_dependency = _external_dependency
external_toolchain = _external_toolchain
pinned_posix = _pinned_posix
pinned_python = _pinned_python
posix_tools_toolchain = _posix_tools_toolchain
python_toolchain = _python_toolchain
rust_sysroot_toolchain = _rust_sysroot_toolchain
target_python = _target_python
zig_cc_toolchain = _zig_cc_toolchain
zig_programs = _zig_programs
