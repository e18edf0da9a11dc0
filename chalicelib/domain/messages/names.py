"""How a person is addressed by name."""

_TITLES = frozenset({"mr", "mrs", "ms", "miss", "mx", "dr", "prof", "sir"})


def first_name(name: str | None) -> str:
    """The given name in a full name in Latin letters (``Dr. Jordan Ellis``, ``Ellis, Jordan``), else the whole name.

    Names in other scripts have no order that could be relied on; Korean and Japanese mails use them whole. Empty if
    there is no name.
    """
    whole = " ".join((name or "").split())
    if not whole.isascii() and not all(ord(each) < 0x250 for each in whole):
        return whole
    family, comma, given = whole.partition(",")
    words = (given if comma and given.strip() else family).split()
    while len(words) > 1 and words[0].rstrip(".").lower() in _TITLES:
        words = words[1:]
    return _cased(words[0]) if words else ""


def _cased(word: str) -> str:
    """A word in capitals or small letters alone, as a name is written."""
    return word.title() if len(word) > 2 and (word.isupper() or word.islower()) else word
