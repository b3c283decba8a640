"""The zstd of the standard library, which Pythons before 3.14 have from a package with the same interface."""

import sys

if sys.version_info >= (3, 14):
    from compression.zstd import ZstdError
    from compression.zstd import open as open_zstd
else:
    from backports.zstd import ZstdError
    from backports.zstd import open as open_zstd

__all__ = ["ZstdError", "open_zstd"]
