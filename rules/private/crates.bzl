"""Crates as inputs and arguments of an action, the same for each that lays them out."""

visibility("//rules/private")

def crate_files(crates):
    """Returns the archives of all crates.

    Args:
      crates: (CratesInfo) The crates.
    """
    return crates.archives + [archive for _, archive in crates.git]

def add_crates(args, crates):
    """Adds what an action's program must know of the crates.

    Args:
      args: (Args) The program's arguments.
      crates: (CratesInfo) The crates.
    """
    args.add("--cargo-root", crates.cargo_root)
    args.add_all(crates.archives, before_each = "--crate")
    for source, archive in crates.git:
        args.add("--git", archive, format = source.replace("%", "%%") + "=%s")
