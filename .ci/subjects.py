#!/usr/bin/env python3
"""Check that the subject of a commit has at most 72 characters.

.ci/subjects.py .git/COMMIT_EDITMSG      # a message that is about to be committed: git's hook commit-msg
git log --format=%s | .ci/subjects.py    # subjects, one per line
"""

import re
import sys
from pathlib import Path

LONGEST = 72
FOLDED_IN = re.compile(r"(?:(?:fixup|squash|amend)! )+")
"""Prefixes that ``git rebase --autosquash`` removes."""


def subject(message: str) -> str:
    """The first line that is neither empty nor a comment."""
    lines = (line.strip() for line in message.splitlines() if not line.startswith("#"))
    return FOLDED_IN.sub("", next(filter(None, lines), ""), count=1)


def main() -> int:
    """Exit status 0, or 1 with each subject that is too long on standard error."""
    files = sys.argv[1:]
    subjects = [subject(Path(file).read_text("utf-8")) for file in files] or sys.stdin.read().splitlines()
    too_long = [each for each in subjects if len(each) > LONGEST]
    for each in too_long:
        print(f"a commit's subject has at most {LONGEST} characters, this one {len(each)}: {each}", file=sys.stderr)
    return 1 if too_long else 0


if __name__ == "__main__":
    sys.exit(main())
