"""The toolchain types, separate from their implementations, so that rules need to load only their labels."""

PYTHON = Label("//toolchains/python:toolchain_type")
TARGET_PYTHON = Label("//toolchains/python:target_type")
CC = Label("//toolchains/cc:toolchain_type")
RUST = Label("//toolchains/rust:toolchain_type")
POSIX = Label("//toolchains/posix:toolchain_type")
EXTERNAL = Label("//toolchains/external:toolchain_type")
ACCELERATOR = Label("//toolchains/accelerator:toolchain_type")
