"""The toolchains of the machine as repositories, both for the module extension and for WORKSPACE."""

load("//toolchains/accelerator:machine_cuda.bzl", "machine_cuda")
load("//toolchains/cc:machine_cc.bzl", "machine_cc")
load("//toolchains/external:machine_external.bzl", "machine_external")
load("//toolchains/python:machine_python.bzl", "machine_python")
load("//toolchains/rust:machine_rust.bzl", "machine_rust")

def machine_toolchains(python_version, external = None):
    """Declares `machine_python`, `machine_cc`, `machine_cuda`, `machine_rust`, and `machine_external` if it is needed.

    Args:
      python_version: (str) X.Y or X.Y.Z version of Python to detect.
      external: (Label or str) The workspace's external.json, if builds need external dependencies.
    """
    machine_python(name = "machine_python", version = python_version)
    python = "@machine_python//:bin/python3"
    machine_cc(name = "machine_cc", python = python)
    machine_cuda(name = "machine_cuda", python = python)
    machine_rust(name = "machine_rust", python = python)
    if external:
        machine_external(name = "machine_external", external = external, python = python)
