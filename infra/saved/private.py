"""Files and folders with personal data: only their owner can read them, whatever the umask."""

import os
import stat
from pathlib import Path

FOLDER, FILE = 0o700, 0o600


def private(path: str, flags: int) -> int:
    """An ``opener`` for ``open``: the file, new or old, is its owner's alone; a device or a pipe stays as it is."""
    file = os.open(path, flags, FILE)
    try:
        if stat.S_ISREG(os.fstat(file).st_mode):
            os.fchmod(file, FILE)
    except OSError:
        os.close(file)
        raise
    return file


def make_private(folder: Path) -> None:
    """Make a folder that is its owner's alone, or an existing one so. Raises ``OSError``."""
    folder.mkdir(mode=FOLDER, parents=True, exist_ok=True)
    folder.chmod(FOLDER)


def write_private(path: Path, text: str) -> None:
    """Replace the text of such a file. Raises ``OSError``."""
    with open(path, "w", encoding="utf-8", opener=private) as file:
        file.write(text)
