"""Inputs and arguments that pass crates to an action."""

load("//rules:providers.bzl", "CratesInfo", "SdistInfo")

visibility("//rules/private")

def add_source(args, source):
    """Adds a source and its crates to the arguments of a program, which unpacks them, and returns their files.

    Args:
      args: (Args) The program's arguments.
      source: (Target) The source, with SdistInfo and optionally CratesInfo.

    Returns:
      (list of File) The inputs of the action.
    """
    if CratesInfo not in source:
        args.add("--source", source[SdistInfo].archive)
        return [source[SdistInfo].archive]
    crates = source[CratesInfo]
    args.add("--source", crates.source)
    add_crates(args, crates)
    return [crates.source] + crate_files(crates)

def crate_files(crates):
    """Returns the archives of all crates, and Cargo.lock if it is not part of the source.

    Args:
      crates: (CratesInfo) The crates.
    """
    return crates.archives + [archive for _, archive in crates.git] + ([crates.cargo_lock] if crates.cargo_lock else [])

def add_crates(args, crates):
    """Adds the crates to the arguments of a program.

    Args:
      args: (Args) The program's arguments.
      crates: (CratesInfo) The crates.
    """
    args.add("--cargo-root", crates.cargo_root)
    if crates.cargo_lock:
        args.add("--cargo-lock", crates.cargo_lock)
    args.add_all(crates.archives, before_each = "--crate")
    for source, archive in crates.git:
        args.add("--git", archive, format = source.replace("%", "%%") + "=%s")
