"""``rekindle preview JOURNEY/MESSAGE``: a message for an invented recipient, before it goes to anybody."""

import argparse
import tempfile
import webbrowser
from pathlib import Path

from chalicelib.adapters.templates import Message
from infra.cli.arguments import print_json
from infra.cli.command import Command
from infra.messages.sampled import message_named, messages, rendered
from infra.package import languages
from infra.terminal.chromium import chromium
from infra.terminal.problem import Problem

COMMAND = Command(
    "preview",
    "show a message for an invented recipient, as text, HTML or a picture",
    (
        "rekindle preview",
        "rekindle preview abandoned_cart/offer --lang ko",
        "rekindle preview win_back/miss_you --open",
        "rekindle preview nps_survey/survey --png survey.png --width 375 --dark",
        "rekindle preview abandoned_cart/offer --html > offer.html",
    ),
    place=105,
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The message, its language, and in which form it is shown."""
    parser.add_argument("message", metavar="JOURNEY/MESSAGE", nargs="?", help="the message (default: list them all)")
    parser.add_argument("--lang", metavar="CODE", help="its language (default: the shop's first)")
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--text", action="store_true", help="subject and plain text (the default)")
    form.add_argument("--html", action="store_true", help="the HTML")
    form.add_argument("--png", metavar="FILE", type=Path, help="take a picture (needs Chromium)")
    form.add_argument("--open", action="store_true", help="open it in the browser")
    form.add_argument("--json", action="store_true", help="print subject, text and HTML as JSON")
    parser.add_argument("--width", type=int, default=700, metavar="PIXELS", help="of the picture (default: 700)")
    parser.add_argument("--dark", action="store_true", help="the picture is as dark mail programs show it")
    parser.add_argument("--nameless", action="store_true", help="for a customer whose name is unknown")


def run(args: argparse.Namespace) -> int:
    """Show the message; raises ``Problem`` for an unknown one, ``TemplateError`` for one with a fault."""
    if args.message is None:
        for journey, message in messages():
            print(f"{journey.key}/{message.template}")
        return 0
    journey, message = message_named(args.message)
    shop = languages.configured()
    language = args.lang or shop[0]
    if language not in shop:
        raise Problem(f"the shop has no language {language!r}; it has {', '.join(shop)}")
    made = rendered(journey, message, language, nameless=args.nameless)
    if args.json:
        print_json({"subject": made.subject, "text": made.text, "html": made.html})
    elif args.html:
        print(made.html)
    elif args.png:
        _picture(made, args.png, args.width, is_dark=args.dark)
    elif args.open:
        _open(made, f"{journey.key}.{message.template}.{language}")
    else:
        print(f"Subject: {made.subject}\n\n{made.text}")
    return 0


def _picture(made: Message, target: Path, width: int, *, is_dark: bool) -> None:
    if not 200 <= width <= 4000:
        raise Problem("--width: expected 200 to 4000 pixels")
    if not target.parent.is_dir():
        raise Problem(f"{target.parent}: there is no such folder")
    with chromium() as browser:
        browser.take_whole(made.html, target, width, is_dark=is_dark)
    print(target)


def _open(made: Message, name: str) -> None:
    path = Path(tempfile.mkdtemp(prefix="rekindle-")) / f"{name}.html"  # nobody else can have put a link there
    path.write_text(made.html, "utf-8")
    if not webbrowser.open(path.as_uri()):
        raise Problem(f"no browser could be opened; the message is in {path}")
