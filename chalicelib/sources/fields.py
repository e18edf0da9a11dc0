"""Types of fields that the API's bodies and several shop systems share."""

from datetime import datetime
from typing import Annotated

from msgspec import Meta

ID = r"^[A-Za-z0-9_.:/+=-]{1,128}$(?!\n)"
EMAIL_ADDRESS = r"^[^@\s<>]+@[^@\s<>]+\.[^@\s<>]+$(?!\n)"
SPACED_EMAIL_ADDRESS = r"^\s*[^@\s<>]+@[^@\s<>]+\.[^@\s<>]+\s*$"
CURRENCY = r"^[A-Z]{3}$(?!\n)"
CHANNEL = r"^[a-z]{2,20}$(?!\n)"
LANGUAGE = r"^[a-z]{2}$(?!\n)"
COUNTRY = r"^[A-Z]{2}$(?!\n)"
URL = r"^https?://[^\s\"<>]+$"
LINK = r"^(https://|http://(localhost|127\.0\.0\.1)[:/])[^\s\"<>]+$"
NO_SPACES = r'^[!"$-~]{1,128}$(?!\n)'
BLANK = r'^[!"$-~]{0,128}$(?!\n)'
EXPECTED = {
    ID: "1 to 128 of the letters A to Z and a to z, digits, and _.:/+=-",
    **dict.fromkeys((EMAIL_ADDRESS, SPACED_EMAIL_ADDRESS), "an e-mail address"),
    CURRENCY: "an ISO 4217 code such as USD",
    CHANNEL: "2 to 20 lower-case letters such as email",
    LANGUAGE: "an ISO 639-1 code such as ko",
    COUNTRY: "an ISO 3166 code such as KR",
    URL: "a URL that begins with http:// or https://",
    LINK: "a link that begins with https://",
    NO_SPACES: "1 to 128 letters, digits and signs, without spaces and #",
    BLANK: "at most 128 letters, digits and signs, without spaces and #",
}
"""The expected format that an error names, by the pattern that a text did not match."""
MOST_AMOUNT = 10**15
"""Minor units."""
MOST_PIECES = 10**6
LONGEST_LINK = 1_000
LONGEST_NAME = 200

Id = Annotated[str, Meta(pattern=ID)]
Name = Annotated[str, Meta(min_length=1, max_length=LONGEST_NAME)]
Link = Annotated[str, Meta(max_length=LONGEST_LINK, pattern=LINK)]
Email = Annotated[str, Meta(max_length=254, pattern=EMAIL_ADDRESS)]
SpacedEmail = Annotated[str, Meta(max_length=254, pattern=SPACED_EMAIL_ADDRESS)]
"""An address, perhaps with spaces around it, which are to be left out."""
Currency = Annotated[str, Meta(pattern=CURRENCY)]
Amount = Annotated[int, Meta(ge=0, le=MOST_AMOUNT)]
Channel = Annotated[str, Meta(pattern=CHANNEL)]
Time = Annotated[datetime, Meta(tz=True)]
