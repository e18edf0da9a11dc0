"""``make screens``: a picture of every message, language and width, light and dark, and a page that shows them all."""

import html
import sys
from collections.abc import Sequence
from pathlib import Path

import workflows
from chalicelib.domain.errors import RekindleError
from infra.messages.local import templates
from infra.messages.sampled import messages, rendered
from infra.terminal.chromium import chromium
from infra.terminal.console import complain

LANGUAGES = ("en", "ko", "ja")
WIDTHS = (375, 1280)


def main(arguments: Sequence[str] | None = None) -> int:
    """Take the pictures into the folder that is named; 1 and a line if that is not possible."""
    folder = Path((arguments or sys.argv[1:])[0])
    try:
        _take_all(folder)
    except RekindleError as error:
        complain(str(error))
        return 1
    except KeyboardInterrupt:
        complain("stopped")
        return 130
    return 0


def _take_all(folder: Path) -> None:
    made, found = templates(workflows.FOLDER), []
    wanted = [(journey, message, language) for journey, message in messages() for language in LANGUAGES]
    with chromium() as browser:
        for number, (journey, message, language) in enumerate(wanted, 1):
            mail = rendered(journey, message, language, made=made)
            for width in WIDTHS:
                for is_dark in (False, True):
                    look = "dark" if is_dark else "light"
                    name = f"{journey.key}.{message.template}.{language}.{look}.{width}.png"
                    browser.take_whole(mail.html, folder / name, width, is_dark=is_dark)
                    found.append((name, mail.subject))
            print(f"{number} of {len(wanted)}: {journey.key}/{message.template} {language}", flush=True)
    pictures = "".join(
        f'<figure><figcaption>{name}<br>{html.escape(subject)}</figcaption><img src="{name}" alt=""></figure>'
        for name, subject in found
    )
    style = "body{font-family:sans-serif;display:flex;flex-wrap:wrap;gap:16px}figure{margin:0}img{max-width:600px}"
    page = f'<!doctype html><meta charset="utf-8"><title>Messages</title><style>{style}</style>{pictures}'
    (folder / "index.html").write_text(page, "utf-8")
    print(folder / "index.html")


if __name__ == "__main__":
    sys.exit(main())
