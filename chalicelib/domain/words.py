"""Words that other people wrote and that stand in the shop's messages: names of customers, titles of products.

They must not speak for the shop: they are one line, without links, and without characters that hide letters or turn
their direction round. (W3C, "Strings on the Web: Language and Direction Metadata"; Unicode Technical Report 36,
"Unicode Security Considerations".)
"""

import re
import unicodedata

LONGEST_NAME = 60
LONGEST_TITLE = 200
MOST_READ = 1_000
"""Letters of a title that are looked at."""
MOST_DIGITS = 5
"""In a name; a telephone number has more."""
NO_TITLE = "–"

_JOINERS = "\u200c\u200d"
"""They form letters of Persian and Hindi, and emoji; on their own they show nothing."""
_BLANK = "\u115f\u1160\u2800\u3164\uffa0"
"""Letters by their category, which show nothing."""
_HIDDEN = {"Cf", "Co", "Cs", "Cn"}
_SPACE = {"Cc", "Zs", "Zl", "Zp"}
_ACCENTS = "\u0300-\u036f\u0483-\u0489\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f"
_HEAP = re.compile(f"([{_ACCENTS}]{{3}})[{_ACCENTS}]+")
_DOT = "[.\u3002\uff0e\uff61]"
_ABBREVIATION = re.compile(r"\b(?:([^\W\d_])\.(?=[^\W\d_])|([^\W\d_]{2,3})\.(?=[^\W\d_][^\W\d_A-Z]))")
_ADDRESS = re.compile(r"(?:[a-z][a-z0-9+.-]*:/+|www" + _DOT + r")\S*", re.IGNORECASE)
_DOMAIN = re.compile(
    rf"(?:(?<=\w\w)|(?<=\w-)|(?<=\w)(?=\.[a-z]{{2,}}/))(?:\.(?=[^\W\d_]{{2,}})|{_DOT}(?=[a-z]{{2,}}))", re.IGNORECASE
)

_ANY_DOMAIN = re.compile(
    rf"(?<=\w)(?:\.(?=[^\W\d_]{{2,}})|{_DOT}(?=[a-z]{{2,}}))|(?<=\w-)\.(?=[a-z]{{2,}})", re.IGNORECASE
)
"""In a title, where a space behind the dot does no harm, also after one letter."""
_NUMBERS = re.compile(r"(?<!\d)\d{1,3}(?:\.\d{1,3}){3}(?!\d)")
"""An address of four numbers."""
_MAILBOX = re.compile(r"(?<=\w)@(?=\w)")
_LINKS = (_ADDRESS, _ANY_DOMAIN, _NUMBERS, _MAILBOX)


def line(text: str) -> str:
    """The text as one line: no control characters, none that shows nothing, no heaps of accents."""
    seen = (" " if unicodedata.category(each) in _SPACE else each for each in unicodedata.normalize("NFC", text))
    kept = (each for each in seen if each in _JOINERS or not _is_hidden(each))
    return " ".join(_HEAP.sub(r"\1", "".join(kept)).split()).strip(_JOINERS + " ")


def name_of_person(text: str) -> str | None:
    """A person's name; None for what is none: too long, without letters, with a link, an address or a number."""
    name = _ABBREVIATION.sub(lambda found: f"{found[0]} ", line(text))
    if not 1 <= len(name) <= LONGEST_NAME or not any(map(str.isalpha, name)):
        return None
    seen = _as_read(name)
    if (
        sum(map(str.isdigit, seen)) > MOST_DIGITS
        or "@" in seen
        or any(each.search(seen) for each in (_ADDRESS, _DOMAIN, _NUMBERS))
    ):
        return None
    return name


def title(text: str) -> str:
    """The title of a product, without addresses; a dot or an @ that would make it one has a space behind it."""
    words = line(text[:MOST_READ])
    seen = _as_read(words)
    if any(len(each.findall(seen)) > len(each.findall(words)) for each in _LINKS):
        words = seen  # a letter that shows nothing, or looks like a dot, makes an address of it
    words = _NUMBERS.sub(lambda found: found[0].replace(".", ". "), _ADDRESS.sub(" ", words))
    words = line(_MAILBOX.sub("@ ", _ANY_DOMAIN.sub(lambda found: f"{found[0]} ", words)))
    if len(words) > LONGEST_TITLE:
        words = words[: LONGEST_TITLE - 1].rstrip() + "…"
    return words or NO_TITLE


def _as_read(text: str) -> str:
    """The text as its readers see it: letters that look like others are those, and joiners show nothing."""
    return unicodedata.normalize("NFKC", text).translate(dict.fromkeys(map(ord, _JOINERS)))


def _is_hidden(letter: str) -> bool:
    return letter in _BLANK or unicodedata.category(letter) in _HIDDEN
