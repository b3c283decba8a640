"""The origin of a node of the graph according to its address."""

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
    """A parsed address: a file with its name and an optional hash, or a git repository and a ref."""

    url: str
    filename: str
    sha256: str | None = None
    git: str = ""
    ref: str = ""

    @property
    def is_moving(self) -> bool:
        """Whether the address is the archive of a branch, whose bytes change with every commit."""
        return bool(_MOVING.search(urlsplit(self.url).path))


def origin_of(node: Node) -> Origin:
    """Parse a node's address.

    Raises:
        LockError: the address names no archive, has an invalid hash, or does not fit the node.
    """
    if node.url.startswith("git+"):
        return _git_source(node)
    parts = urlsplit(node.url)
    url = without_credentials(urlunsplit(parts._replace(fragment="")))
    return Origin(url, _filename(node, unquote(parts.path.rpartition("/")[2])), _fragment_hash(node, parts.fragment))


def git_address(url: str) -> tuple[SplitResult, str | None]:
    """Split ``git+REMOTE@REF`` into remote and ref, which is None if the address has none.

    An ``@`` that belongs to the remote is before its path.
    """
    parts = urlsplit(url.removeprefix("git+").partition("#")[0])
    path, at, ref = parts.path.rpartition("@")
    return (parts._replace(path=path), ref) if at else (parts, None)


def _git_source(node: Node) -> Origin:
    address, _, fragment = node.url.removeprefix("git+").partition("#")
    if "subdirectory=" in fragment:
        raise LockError(
            f"{node}: {without_credentials(node.url)} names a subdirectory; set build_dir in its settings instead"
        )
    if not address.isprintable():
        raise LockError(f"{node}: {address!r} names no commit, tag or branch")
    remote, ref = git_address(node.url)
    if ref is None:
        raise LockError(f"{node}: {without_credentials(node.url)} names no commit, tag or branch: git+https://...@REF")
    if ref.startswith("-") or not re.fullmatch(r"[A-Za-z0-9._/+-]+", ref):
        raise LockError(f"{node}: {ref!r} is not a valid name of a git commit, tag or branch")
    return Origin(node.url, f"{_stem(node)}.tar", git=_without_password(remote), ref=ref)


def _without_password(parts: SplitResult) -> str:
    """Return an address without password, which belongs in netrc; an ssh address keeps its user, which it needs."""
    user, at, host = parts.netloc.rpartition("@")
    kept = f"{user.partition(':')[0]}{at}{host}" if parts.scheme == "ssh" else host
    return urlunsplit(parts._replace(netloc=kept))


def _stem(node: Node) -> str:
    return f"{override_name(node.name)}-{version_label(node.version)}"


def _filename(node: Node, name: str) -> str:
    """Return the file's own name if it fits, else one made of package and version, as for a forge's tag archive."""
    wanted = (".whl",) if node.pre_built else SOURCE_SUFFIXES
    if not is_file_name(name or "_"):
        raise LockError(f"{node}: its address ends in {name!r}, which is not a valid file name")
    if node.pre_built:
        if node.url and not name.endswith(wanted):
            raise LockError(f"{node} is pre-built, but its address {without_credentials(node.url)} is not a wheel")
        return name
    if name.endswith(".whl"):
        raise LockError(
            f"{node}: its address is a wheel, {name}, and it is not marked pre_built. To use the wheel, set "
            "`pre_built: true` in its settings and make the graph again; or constrain it to a version with a source."
        )
    suffix = next((suffix for suffix in wanted if name.endswith(suffix)), wanted[0])
    plain = name.lower().replace("-", "_").replace(".", "_")
    belongs = plain.startswith(node.name.replace("-", "_").replace(".", "_"))
    return name if belongs and name.endswith(suffix) else f"{_stem(node)}{suffix}"


def _fragment_hash(node: Node, fragment: str) -> str | None:
    if not fragment:
        return None
    found = re.fullmatch(r"sha256=([0-9a-f]{64})", fragment)
    if not found:
        raise LockError(
            f"{node}: its address ends in #{fragment}, which is not a sha256; weaker hashes are not accepted"
        )
    return found[1]
