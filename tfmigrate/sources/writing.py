"""Writing a file so that, killed at any moment, it is the old one or the new one, never half."""

from __future__ import annotations

import contextlib
import os
import stat
from pathlib import Path


def write_atomic(path: str | os.PathLike[str], data: bytes) -> None:
    """Replace the content of ``path`` by ``data``, or create it.

    A symbolic link is followed and stays a link; the permissions of an existing file (and, where
    the system allows it, its owner) are kept; a new one gets what the umask leaves. Raises OSError
    (PermissionError for a file that may not be written, although its directory may) and then
    leaves neither a temporary file nor a changed one behind.
    """
    target = Path(path).resolve()
    try:
        before = target.stat()
    except FileNotFoundError:
        before = None
    if before is not None:
        if stat.S_ISDIR(before.st_mode):
            raise IsADirectoryError(21, "is a directory", str(path))
        # renaming over a read-only file works; doing it would ignore what its owner asked for
        if not os.access(target, os.W_OK):
            raise PermissionError(13, "the file is read-only", str(path))
    # beside the target, because only a rename within one file system is atomic
    temporary = target.with_name(f".{target.name[:200]}.{os.urandom(6).hex()}.tmp")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | _BINARY, 0o666)
    try:
        with os.fdopen(descriptor, "wb") as stream:
            stream.write(data)
            stream.flush()
            os.fsync(stream.fileno())
        if before is not None:
            _keep(temporary, before)
        temporary.replace(target)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    _sync_directory(target.parent)


# without it Windows turns \n into \r\n
_BINARY: int = getattr(os, "O_BINARY", 0)


def _keep(temporary: Path, before: os.stat_result) -> None:
    """Give ``temporary`` the owner and the permissions of the file that it is going to replace."""
    now = temporary.stat()
    if hasattr(os, "chown") and (now.st_uid, now.st_gid) != (before.st_uid, before.st_gid):
        with contextlib.suppress(OSError):
            os.chown(temporary, before.st_uid, before.st_gid)
    # after chown, which clears the set-id bits
    temporary.chmod(stat.S_IMODE(before.st_mode))


def _sync_directory(directory: Path) -> None:
    """Make the rename itself durable; not every system can open a directory, and none has to."""
    with contextlib.suppress(OSError):
        descriptor = os.open(directory, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
