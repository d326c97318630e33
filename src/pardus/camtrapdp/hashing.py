"""A file that is hashed while it is read."""

from __future__ import annotations

import hashlib
import io
from typing import IO, Any


class Hashing(io.RawIOBase):
    """A file that hashes what is read from it."""

    def __init__(self, file: IO[bytes], algorithm: str) -> None:
        self._file = file
        self._hash = hashlib.new(algorithm, usedforsecurity=False)

    def readable(self) -> bool:
        """Yes."""
        return True

    def readinto(self, buffer: Any) -> int:
        """Read and hash."""
        data = self._file.read(len(buffer))
        buffer[: len(data)] = data
        self._hash.update(data)
        return len(data)

    def digest(self) -> str:
        """Return the hash of the whole file, what was not read yet included."""
        while data := self._file.read(1 << 16):
            self._hash.update(data)
        return self._hash.hexdigest()
