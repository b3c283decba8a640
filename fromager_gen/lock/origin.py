"""Where one node of a graph comes from, as its address says."""

import re
from dataclasses import dataclass
from urllib.parse import SplitResult, unquote, urlsplit, urlunsplit

from fromager_gen.addresses import without_credentials
from fromager_gen.errors import LockError
from fromager_gen.graph import Node
from fromager_gen.names import SOURCE_SUFFIXES, is_file_name, override_name, version_label

_MOVING = re.compile(r"/refs/heads/|/archive/(main|master|develop|trunk)\.|/tarball/(main|master|HEAD)$")


@dataclass(frozen=True, slots=True)
class Origin:
    """An address taken apart: a file with its name and perhaps its hash, or a git repository and a ref."""

    url: str
    filename: str
    sha256: str | None = None
    git: str = ""
    ref: str = ""

    @property
    def is_moving(self) -> bool:
        """Whether the address is a branch's archive, whose bytes change with every commit."""
        return bool(_MOVING.search(urlsplit(self.url).path))


def origin_of(node: Node) -> Origin:
    """Take a node's address apart.

    Raises:
        LockError: it names no archive, carries a hash that is none, or disagrees with the node.
    """
    if node.url.startswith("git+"):
        return _git_source(node)
    parts = urlsplit(node.url)
    url = without_credentials(urlunsplit(parts._replace(fragment="")))
    return Origin(url, _filename(node, unquote(parts.path.rpartition("/")[2])), _fragment_hash(node, parts.fragment))


def git_address(url: str) -> tuple[SplitResult, str | None]:
    """Take ``git+REMOTE@REF`` apart, None where it has no ref; a remote's own ``@`` stands before its path."""
    parts = urlsplit(url.removeprefix("git+").partition("#")[0])
    path, at, ref = parts.path.rpartition("@")
    return (parts._replace(path=path), ref) if at else (parts, None)


def _git_source(node: Node) -> Origin:
    address, _, fragment = node.url.removeprefix("git+").partition("#")
    if "subdirectory=" in fragment:
        raise LockError(f"{node}: {without_credentials(node.url)} names a subdirectory; say build_dir in its settings")
    if not address.isprintable():
        raise LockError(f"{node}: {address!r} names no commit, tag or branch")
    remote, ref = git_address(node.url)
    if ref is None:
        raise LockError(f"{node}: {without_credentials(node.url)} names no commit, tag or branch: git+https://...@REF")
    if ref.startswith("-") or not re.fullmatch(r"[A-Za-z0-9._/+-]+", ref):
        raise LockError(f"{node}: {ref!r} is no name of a git commit, tag or branch")
    return Origin(node.url, f"{_stem(node)}.tar", git=_without_password(remote), ref=ref)


def _without_password(parts: SplitResult) -> str:
    """An ssh address keeps its user, who is part of where it is; a password belongs in netrc."""
    user, at, host = parts.netloc.rpartition("@")
    kept = f"{user.partition(':')[0]}{at}{host}" if parts.scheme == "ssh" else host
    return urlunsplit(parts._replace(netloc=kept))


def _stem(node: Node) -> str:
    return f"{override_name(node.name)}-{version_label(node.version)}"


def _filename(node: Node, name: str) -> str:
    """Return the file's own name where it is one, else one made of package and version (a forge's tag archive)."""
    wanted = (".whl",) if node.pre_built else SOURCE_SUFFIXES
    if not is_file_name(name or "_"):
        raise LockError(f"{node}: its address ends in {name!r}, which is no file name")
    if node.pre_built:
        if node.url and not name.endswith(wanted):
            raise LockError(f"{node} is pre-built, but its address {without_credentials(node.url)} is no wheel")
        return name
    if name.endswith(".whl"):
        raise LockError(
            f"{node}: its address is a wheel, {name}, and it is not marked pre_built. To take it as published set "
            f"`pre_built: true` in its settings and make the graph again; else constrain it to a version with a source."
        )
    suffix = next((suffix for suffix in wanted if name.endswith(suffix)), ".tar.gz")
    plain = name.lower().replace("-", "_").replace(".", "_")
    belongs = plain.startswith(node.name.replace("-", "_").replace(".", "_"))
    return name if belongs and name.endswith(suffix) else f"{_stem(node)}{suffix}"


def _fragment_hash(node: Node, fragment: str) -> str | None:
    if not fragment:
        return None
    found = re.fullmatch(r"sha256=([0-9a-f]{64})", fragment)
    if not found:
        raise LockError(f"{node}: its address ends in #{fragment}, which is no sha256; older hashes prove nothing")
    return found[1]
