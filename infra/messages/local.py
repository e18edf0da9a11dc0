"""The messages of a folder, compiled: in memory for this machine, or into files for a package."""

from pathlib import Path

from chalicelib.adapters.templates import SHARED, Templates
from infra.messages.compiler import compiled, load, pieces_in


def templates(folder: Path) -> Templates:
    """The messages below ``folder``, as they are in their Markdown files now."""
    return Templates(folder, load(folder))


def compile_beside(folder: Path) -> int:
    """Write the templates of each Markdown file below ``folder`` beside it; returns how many files were compiled.

    Raises ``TemplateError`` that names file and line.
    """
    pieces = pieces_in(folder)
    found = sorted([*folder.glob(f"{SHARED}/*.*.md"), *folder.glob(f"*/{SHARED}/*.*.md")])
    for path in found:
        for part, source in compiled(path, pieces).items():
            path.with_suffix(f".{part}").write_text(source, "utf-8")
    return len(found)
