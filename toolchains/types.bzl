"""The toolchain types, apart from their implementations, so that a rule that asks for one loads no more than a name."""

PYTHON = Label("//toolchains/python:toolchain_type")
CC = Label("//toolchains/cc:toolchain_type")
RUST = Label("//toolchains/rust:toolchain_type")
ACCELERATOR = Label("//toolchains/accelerator:toolchain_type")
