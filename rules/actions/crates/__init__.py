"""Crates of Rust packages: laid out in a source, so that cargo needs no network."""
