"""Pictures of pages: headless Chromium, where it is installed."""

import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from html import escape
from pathlib import Path

from infra.terminal.problem import Problem

LONGEST = 600
"""Seconds until a page must be drawn."""
TALLEST = 20_000
"""Pixels of a picture."""
NEEDED = {"chromium": "chromium", "fc-list": "fontconfig"}
"""Programs, and the Debian packages that have them."""
_MEASURE = """<!doctype html><title></title>
<iframe style="width:{width}px;height:100px;border:0" srcdoc="{html}"></iframe>
<script>
onload = () => {{
  const page = document.querySelector('iframe').contentDocument.documentElement
  document.title = page.scrollWidth + ' x ' + page.scrollHeight
}}
</script>"""
"""A window is never narrower than 500 pixels; a frame is."""


class Chromium:
    """A browser with a profile of its own."""

    def __init__(self, program: str, profile: str) -> None:
        self._program, self._profile = program, profile

    def take(self, page: str, target: Path, width: int, height: int, *, is_dark: bool = False) -> None:
        """A picture of an address, as high as the window. Raises ``Problem``."""
        target.parent.mkdir(parents=True, exist_ok=True)
        target.unlink(missing_ok=True)
        self._run(page, f"--window-size={width},{height}", f"--screenshot={target.resolve()}", is_dark=is_dark)
        if not target.exists():
            raise Problem(f"Chromium took no picture of {page}")

    def take_whole(self, html: str, target: Path, width: int, *, is_dark: bool = False) -> None:
        """A picture of a whole HTML document, as high as it is. Raises ``Problem``."""
        _, height = self.size(html, width)
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "page.html"
            path.write_text(html, "utf-8")
            self.take(path.as_uri(), target, width, min(height, TALLEST), is_dark=is_dark)

    def size(self, html: str, width: int) -> tuple[int, int]:
        """The pixels that an HTML document needs in a window of this width: how wide it is then, and how high."""
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "page.html"
            path.write_text(_MEASURE.format(width=width, html=escape(html)), "utf-8")
            found = re.search(r"<title>(\d+) x (\d+)</title>", self._run(path.as_uri(), "--dump-dom", is_dark=False))
        if not found:
            raise Problem("Chromium does not show the page")
        return int(found[1]), int(found[2])

    def _run(self, page: str, *options: str, is_dark: bool) -> str:
        root = ["--no-sandbox"] if os.geteuid() == 0 else []  # Chromium refuses root's sandbox
        dark = ["--blink-settings=preferredColorScheme=0"] if is_dark else []
        usual = ("--headless=new", "--disable-gpu", "--hide-scrollbars", f"--user-data-dir={self._profile}")
        return output(self._program, *usual, *root, *dark, *options, page)


@contextmanager
def chromium() -> Iterator[Chromium]:
    """The browser. Raises ``Problem`` without it, or without fonts for the mails' languages."""
    for program, package in NEEDED.items():
        if shutil.which(program) is None:
            raise Problem(f"{program} is not installed (Debian, Ubuntu: apt-get install -y {package})")
    for language in ("ko", "ja"):
        if not output("fc-list", f":lang={language}"):
            raise Problem(
                f"no font has the letters of {language!r} (Debian, Ubuntu: apt-get install -y fonts-noto-cjk)"
            )
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        yield Chromium(str(shutil.which("chromium")), profile)


def output(*command: str) -> str:
    """The output of a program. Raises ``Problem`` if it does not end."""
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=LONGEST)  # noqa: S603
    except subprocess.TimeoutExpired:
        raise Problem(f"{Path(command[0]).name} does not end") from None
    return done.stdout
