"""Prepare a source as its build does: patch and unpack it with the programs that the build's actions run."""

import hashlib
from collections.abc import Sequence
from pathlib import Path

from fromager_gen.action_program import run_program
from fromager_gen.addresses import without_credentials
from fromager_gen.errors import SourceError
from fromager_gen.graph import Node
from fromager_gen.overrides import PIN, Overrides, edits_json


def depends_on_overrides(node: Node, overrides: Overrides) -> bool:
    """Return whether overrides affect which file a package has: the server of a wheel, or a plugin that downloads."""
    return node.pre_built or overrides.plugins.has(node.name, "download_source")


def changes_to(node: Node, overrides: Overrides) -> str:
    """Return a hash of the overrides that affect a package's locked files, empty if there are none.

    For a source these are its patches, its Cargo.lock and its plugin. For a pre-built wheel it is the address of its
    server.

    Raises:
        SourceError: a file can't be read.
    """
    if node.pre_built:
        server = without_credentials(overrides.settings(node.name).wheel_server_url or "")
        return hashlib.sha256(server.encode()).hexdigest() if server else ""
    patches = [patch.path for patch in overrides.patches_for(node.name, node.version)]
    cargo_lock, edits = overrides.cargo_lock_for(node.name, node.version), _edits(node, overrides)
    plugin = overrides.plugins.of(node.name)
    if not patches and cargo_lock is None and not edits and plugin is None:
        return ""
    digest = hashlib.sha256(edits.encode() + (plugin.sha256.encode() if plugin is not None else b""))
    for path in (*patches, *([cargo_lock.path] if cargo_lock else [])):
        try:
            data = path.read_bytes()
        except OSError as err:
            raise SourceError(f"{path} can't be read: {err.strerror}") from err
        digest.update(f"{path.name} {len(data)}\n".encode() + data)
    return digest.hexdigest()


def patched(
    archive: Path, node: Node, overrides: Overrides, into: Path, submodules: Sequence[tuple[str, Path]] = ()
) -> Path:
    """Apply the patches to a source's archive and return the result; without changes it is the archive itself.

    Args:
        archive: the published archive.
        node: the package version.
        overrides: the overrides with the patches.
        into: folder for the patched archive.
        submodules: folder in the source and archive of each submodule.

    Raises:
        SourceError: the action refuses the archive or a patch; the message is that of the action.
    """
    patches = [patch.path.absolute() for patch in overrides.patches_for(node.name, node.version)]
    edits = _edits(node, overrides)
    if not patches and not edits and not submodules:
        return archive
    out = into / f"{archive.name}.patched.tar.gz"
    arguments = [f"--package={node.name}", f"--version={node.version}", f"--source={archive}", f"--out={out}"]
    arguments += [f"--submodule={folder}={path}" for folder, path in submodules]
    arguments += [f"--build-dir={overrides.settings(node.name, node.version).build_dir}", f"--edits={edits}"]
    run_program("patch_sdist", [*arguments, *(f"--patch={path}" for path in patches)])
    return out


def _edits(node: Node, overrides: Overrides) -> str:
    """Return the actions of `patch` as JSON, without those that only change requirements of the wheel."""
    return edits_json((one for one in overrides.edits_for(node.name, node.version) if one.action != PIN), {})


def unpacked(archive: Path, into: Path) -> Path:
    """Unpack a source into a new folder and return its top-level folder.

    Raises:
        SourceError: the action refuses the archive; the message is that of the action.
    """
    into.mkdir()
    run_program("unpack_source", [f"--source={archive}", f"--into={into}"])
    return next(into.iterdir())
