"""Licenses as SPDX expressions: only identifiers that SPDX knows, since an SBOM with others is not valid.

The names are those of https://spdx.org/licenses/ that manifests of crates contain in practice.
"""

import re

_LICENSES = """
0BSD AFL-2.1 AFL-3.0 AGPL-3.0 AGPL-3.0+ AGPL-3.0-only AGPL-3.0-or-later Apache-1.1 Apache-2.0 Artistic-1.0
Artistic-2.0 BlueOak-1.0.0 BSD-1-Clause BSD-2-Clause BSD-2-Clause-Patent BSD-3-Clause BSD-3-Clause-Clear
BSD-3-Clause-LBNL BSD-4-Clause BSL-1.0 bzip2-1.0.6 CC-BY-3.0 CC-BY-4.0 CC-BY-SA-3.0 CC-BY-SA-4.0 CC0-1.0 CDDL-1.0
CDDL-1.1 CDLA-Permissive-1.0 CDLA-Permissive-2.0 CECILL-2.1 CECILL-B CECILL-C curl ECL-2.0 EPL-1.0 EPL-2.0 EUPL-1.1
EUPL-1.2 FTL GFDL-1.3-only GFDL-1.3-or-later GPL-1.0-only GPL-1.0-or-later GPL-2.0 GPL-2.0+ GPL-2.0-only
GPL-2.0-or-later GPL-3.0 GPL-3.0+ GPL-3.0-only GPL-3.0-or-later HPND ICU IJG Intel ISC JSON LGPL-2.0 LGPL-2.0+
LGPL-2.0-only LGPL-2.0-or-later LGPL-2.1 LGPL-2.1+ LGPL-2.1-only LGPL-2.1-or-later LGPL-3.0 LGPL-3.0+ LGPL-3.0-only
LGPL-3.0-or-later Libpng libpng-2.0 libtiff MirOS MIT MIT-0 MIT-CMU MPL-1.1 MPL-2.0 MS-PL
MS-RL MulanPSL-2.0 NCSA NTP OFL-1.0 OFL-1.1 OLDAP-2.8 OpenSSL OSL-3.0 PHP-3.01 PostgreSQL PSF-2.0 Python-2.0 QPL-1.0
Ruby SGI-B-2.0 SISSL Sleepycat SSPL-1.0 TCL Unicode-3.0 Unicode-DFS-2015 Unicode-DFS-2016 Unicode-TOU Unlicense
UPL-1.0 Vim W3C WTFPL X11 Xnet Zed Zend-2.0 Zlib zlib-acknowledgement ZPL-2.1
"""
_EXCEPTIONS = """
Autoconf-exception-2.0 Autoconf-exception-3.0 Bison-exception-2.2 Bootloader-exception Classpath-exception-2.0
Font-exception-2.0 GCC-exception-2.0 GCC-exception-3.1 GPL-3.0-linking-exception GPL-CC-1.0 LGPL-3.0-linking-exception
Linux-syscall-note LLVM-exception OCaml-LGPL-linking-exception OpenJDK-assembly-exception-1.0
openvpn-openssl-exception Qt-GPL-exception-1.0 Qt-LGPL-exception-1.1 Swift-exception
Universal-FOSS-exception-1.0 WxWindows-exception-3.1
"""
# SPDX compares identifiers regardless of case; these are the forms of its list.
LICENSES = {name.lower(): name for name in _LICENSES.split()}
EXCEPTIONS = {name.lower(): name for name in _EXCEPTIONS.split()}
_TOKEN = re.compile(r"[()]|[^\s()]+")


def expression(license: str) -> str:
    """Return a manifest's license as an SPDX expression, or an empty text if it is none.

    Old manifests have `/` in place of `OR`:
    https://doc.rust-lang.org/cargo/reference/manifest.html#the-license-and-license-file-fields.
    """
    found: list[str] = []
    depth, before = 0, "("
    for token in _TOKEN.findall(license.replace("/", " OR ")):
        kind, word = _read(token, before)
        depth += {"(": 1, ")": -1}.get(kind, 0)
        if before not in _AFTER.get(kind, ()) or depth < 0:
            return ""
        found.append(word)
        before = kind
    is_whole = before in _AFTER[")"] and not depth
    return " ".join(found).replace("( ", "(").replace(" )", ")") if is_whole else ""


_AFTER = {
    "(": ("(", "AND"),
    ")": (")", "license", "exception"),
    "AND": (")", "license", "exception"),
    "WITH": ("license",),
    "license": ("(", "AND"),
    "exception": ("WITH",),
}
"""The kinds of words that may stand before each kind; an expression begins as after `(`."""


def _read(token: str, before: str) -> tuple[str, str]:
    """Return the kind of a word, and its form on SPDX's list; a word that SPDX does not know has an empty kind."""
    if token in ("(", ")", "WITH"):
        return token, token
    if token in ("AND", "OR"):
        return "AND", token
    kind, known = ("exception", EXCEPTIONS) if before == "WITH" else ("license", LICENSES)
    word = known.get(token.lower(), "")
    return kind if word else "", word
