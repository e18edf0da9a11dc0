"""Files beside a story that its steps name."""

from pathlib import Path


class Unreadable(ValueError):
    """There is no such file, or it is no text."""


def text_of(folder: Path, name: str) -> str:
    """The text of a file. Raises ``Unreadable``."""
    try:
        return path_of(folder, name).read_text("utf-8")
    except UnicodeDecodeError:
        raise Unreadable(f"expected text in UTF-8 in {name!r}") from None
    except OSError as error:
        raise Unreadable(f"{name!r} cannot be read: {error.strerror}") from None


def path_of(folder: Path, name: str) -> Path:
    """The path of a file. Raises ``Unreadable``."""
    try:
        if (path := (folder / name).resolve()).is_file():
            return path
    except (OSError, ValueError):  # a name that no file can have
        pass
    raise Unreadable(f"there is no file {name!r} beside the story")
