"""SHA-256 of files: what tells that one was altered."""

import hashlib
from pathlib import Path

CHECKSUMS = "checksums.txt"


def sha256(file: Path) -> str:
    """SHA-256 of a file in hex."""
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
