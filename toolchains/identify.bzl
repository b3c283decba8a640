"""Runs the Python program that identifies a tool of the machine; each build runs it again where it is executed."""

visibility("//toolchains/...")

def identify_attrs(program):
    """Returns the attributes of a repository rule that calls `write_fingerprint`.

    Args:
      program: (str) Label of the program, which prints a JSON object about the programs in a folder.

    Returns:
      (dict of str to attribute) The attributes.
    """
    return {
        "python": attr.label(
            doc = "Python that runs `identify.py`.",
            mandatory = True,
        ),
        "_identify": attr.label(
            doc = "Program that identifies what a tool uses of the machine.",
            default = program,
        ),
    }

def write_fingerprint(rctx, folder, out = "fingerprint.json"):
    """Writes a file that identifies the programs in a folder.

    Args:
      rctx: (repository_ctx) The context of a repository rule with `identify_attrs`.
      folder: (str) Folder in the repository.
      out: (str) File in the repository.
    """
    command = [rctx.path(rctx.attr.python), "-I", rctx.path(rctx.attr._identify), rctx.path(folder)]
    rctx.file(out, rctx.execute(command, timeout = 120).stdout)
