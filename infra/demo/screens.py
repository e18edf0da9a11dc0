"""Takes the screenshots in ``docs/images/``: opens a small demo's pages in headless Chromium (``make screens``).

It is run by hand, and uses only the demo's command and HTTP. The same seed shows the same shop.
"""

import re
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from time import monotonic, sleep
from urllib.error import URLError
from urllib.request import urlopen

from infra.terminal.chromium import Chromium, chromium
from infra.terminal.console import complain
from infra.terminal.problem import Problem

IMAGES = Path(__file__).parents[2] / "docs" / "images"
DEMO = ("--days", "14", "--customers", "300", "--seed", "7")
PORT = 8790
"""Always the same, since it is in the links of mails."""
WIDTH = 1120
HEIGHTS = {"overview": 710, "inbox": 690, "mail": 850}
LARGEST = 150_000
"""The largest size of a picture, in bytes: they are in the repository."""
LONGEST = 600
"""Seconds until the demo must answer."""
JOURNEY = "abandoned_cart"


def main() -> int:
    """Take every picture; 1, and one line with the reason, if that is not possible."""
    try:
        with chromium() as browser, _demo() as shop:
            pages = {"overview": f"{shop}/", "inbox": f"{shop}/inbox", "mail": f"{shop}/inbox/{_english_mail(shop)}"}
            for name, page in pages.items():
                _take(browser, page, name)
    except Problem as problem:
        complain(str(problem))
        return 1
    return 0


@contextmanager
def _demo() -> Iterator[str]:
    """The address of a demo that is served until the end, in a folder of its own. Raises ``Problem``."""
    try:
        socket.create_server(("127.0.0.1", PORT)).close()
    except OSError as error:
        raise Problem(f"port {PORT} is in use: {error.strerror}") from None
    with tempfile.TemporaryDirectory() as folder:
        command = [str(Path(sys.executable).parent / "rekindle"), "demo", *DEMO, "--port", str(PORT)]
        process = subprocess.Popen(command, cwd=folder, stdout=subprocess.DEVNULL)  # noqa: S603
        try:
            address = f"http://localhost:{PORT}"
            _wait_for(address, process)
            yield address
        finally:
            process.terminate()
            process.wait()


def _wait_for(address: str, process: subprocess.Popen[bytes]) -> None:
    end = monotonic() + LONGEST
    while monotonic() < end:
        if process.poll() is not None:
            raise Problem(f"the demo ended with status {process.returncode} before it served its pages")
        try:
            _read(address)
        except (URLError, TimeoutError, ConnectionError):
            sleep(1)
        else:
            return
    raise Problem(f"the demo serves no pages after {LONGEST} seconds")


def _english_mail(shop: str) -> str:
    """The number of the newest mail in English."""
    for number in re.findall(r'href="/inbox/(\d+)"', _read(f"{shop}/inbox?journey={JOURNEY}")):
        title = re.search(r"<title>(.*?)</title>", _read(f"{shop}/inbox/{number}"), re.DOTALL)
        if title and title[1].partition(" · ")[0].isascii():
            return str(number)
    raise Problem(f"the demo's inbox has no mail of {JOURNEY} in English")


def _take(browser: Chromium, page: str, name: str) -> None:
    path = IMAGES / f"{name}.png"
    browser.take(page, path, WIDTH, HEIGHTS[name])
    if (size_of := path.stat().st_size) > LARGEST:
        raise Problem(f"{path.name} has {size_of:,} bytes, more than {LARGEST:,}: make its window smaller")
    print(f"{path.relative_to(IMAGES.parents[1])}: {size_of:,} bytes")


def _read(address: str) -> str:
    with urlopen(address, timeout=10) as answer:  # noqa: S310 - this machine's demo
        return str(answer.read().decode("utf-8"))


if __name__ == "__main__":
    sys.exit(main())
