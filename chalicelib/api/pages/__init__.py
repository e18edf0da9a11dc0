"""The pages behind the links in mails: GET shows a form and changes nothing; the form's POST makes the change.

They use no script, no cookie and nothing from another site. Jinja is imported when the first page is shown.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from chalicelib.api.pages.texts import texts_in

if TYPE_CHECKING:
    from jinja2 import Environment

DEFAULTS: dict[str, object] = {
    "shop": "", "action": "", "score": None, "comment": "", "error": False, "form": "", "kept": None,
    "reception": "recorded",
}  # fmt: skip


def render_page(name: str, language: str, **context: object) -> str:
    """The HTML of ``survey``, ``survey_thanks``, ``unsubscribe``, ``unsubscribed``, ``invalid`` or ``unavailable``.

    ``language`` is an ISO 639-1 code or a longer tag (``ko-KR``); the page is English if that language has no texts.
    ``context``: ``shop`` (its name), ``action`` (the address that the form posts to; by default the page's own),
    ``score`` (0..10, preselected), ``comment`` (already typed), ``error`` (the form was sent without a valid score),
    ``form`` (its name), ``kept`` (the score of the answer that counts) and ``reception`` (what became of the one that
    was sent: ``recorded``, ``changed``, ``kept`` or ``final``).
    Raises ``LookupError`` for an unknown page.
    """
    import jinja2

    known, texts = texts_in(language)
    shop = str(context.get("shop") or texts["us"])
    kept = str(context.get("kept", ""))
    words = {key: text.replace("{score}", kept).replace("{shop}", shop) for key, text in texts.items()}
    try:
        page = _environment().get_template(f"{name}.html")
    except jinja2.TemplateNotFound as error:
        raise LookupError(f"there is no page {name!r}") from error
    return page.render({**DEFAULTS, **context, "language": known, "words": words})


@cache
def _environment() -> Environment:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    return Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
