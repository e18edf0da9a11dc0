"""Every message of every journey that is registered, in every language, and every page: complete, lawful, escaped."""

import re
from html.parser import HTMLParser

import pytest

import workflows
from chalicelib.adapters.templates import Message
from chalicelib.api.pages import render_page
from chalicelib.api.pages.texts import available, texts_in
from chalicelib.domain.channel import Channel
from chalicelib.domain.facts.consent import Purpose
from chalicelib.domain.journeys.journey import Notify, Send
from infra.messages.local import templates
from tests.naming import FOUR, every_journey
from workflows.samples import sample_context

pytestmark = pytest.mark.every_journey
TEMPLATES = templates(workflows.FOLDER)
PURPOSES = {
    (journey.key, message.template): journey.purpose if isinstance(message, Send) else Purpose.SERVICE
    for journey in every_journey()
    for message in journey.messages
}
"""What each message of each journey is for; one to the shop's team is never an advertisement."""
CHANNELS = {(journey.key, each.template): each.channel for journey in every_journey() for each in journey.messages}
NOTICES = {
    (journey.key, each.template) for journey in every_journey() for each in journey.messages if isinstance(each, Notify)
}
"""Those to the shop's team."""
JOURNEYS = sorted({journey for journey, _ in PURPOSES})
LANGUAGES = available()
SCRIPTS = {"en": r"^[\x20-\x7e]+$", "ko": "[가-힣]", "ja": "[ぁ-ん]"}
"""By what a text shows its language; others use the same letters as English."""
MESSAGES = [(*each, language) for each in sorted(PURPOSES) for language in LANGUAGES if CHANNELS[each] is Channel.EMAIL]
"""Every mail; what a message of another channel has to be is for that channel's tests."""
ADVERTISEMENTS = [each for each in MESSAGES if PURPOSES[each[:2]] is Purpose.MARKETING]
SERVICES = [each for each in MESSAGES if PURPOSES[each[:2]] is Purpose.SERVICE]
SURVEYS = [("nps_survey", template, language) for template in ("survey", "reminder") for language in LANGUAGES]
PAGES = ("survey", "survey_thanks", "unsubscribe", "unsubscribed", "invalid", "unavailable")
EVIL = "<b>&\"'><script>alert(1)</script>"
VOID = {"meta", "br", "input", "img", "hr", "link"}


class Outline(HTMLParser):
    """The tags of a page with their attributes; ``unbalanced`` names the end tags that closed something else."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.unbalanced: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open.pop() != tag:
            self.unbalanced.append(tag)

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.tags if name == tag]


def message(journey: str, template: str, language: str, **changes: object) -> Message:
    context = sample_context(language) | changes
    purpose, to_team = PURPOSES[journey, template], (journey, template) in NOTICES
    return TEMPLATES.render(journey, template, language, context, purpose=purpose, to_team=to_team)


def test_the_four_journeys_are_among_them() -> None:
    assert set(FOUR) <= set(JOURNEYS)


@pytest.mark.parametrize("journey", JOURNEYS)
def test_every_message_exists_in_every_language(journey: str) -> None:
    wanted = {template for key, template in CHANNELS if key == journey}

    assert workflows.messages_of(workflows.FOLDER / journey) == {name: set(LANGUAGES) for name in wanted}


@pytest.mark.parametrize(("journey", "template", "language"), MESSAGES)
def test_a_message_renders_as_sound_html_and_plain_text(journey: str, template: str, language: str) -> None:
    made = message(journey, template, language)
    outline = Outline(made.html)

    assert [html["lang"] for html in outline.all("html")] == [language]
    assert (outline.unbalanced, outline.open) == ([], [])
    assert all("alt" in image for image in outline.all("img"))
    assert all(re.match(r"https://", link["href"] or "") for link in outline.all("a"))
    assert len(outline.all("h1")) == 1
    assert not re.search(r"<(?!https?://)[a-z/!]|&(amp|lt|gt|#\d+);", made.text)
    assert "None" not in made.html + made.text + made.subject
    assert not re.search(r"\n{4}", made.text)


@pytest.mark.parametrize(("journey", "template", "language"), [each for each in MESSAGES if each[2] in SCRIPTS])
def test_a_message_is_written_in_its_language(journey: str, template: str, language: str) -> None:
    made = message(journey, template, language)
    script = SCRIPTS[language]

    assert re.search(script, made.subject)
    assert re.search(script, made.text.replace("\n", " ").replace("×", "x"))


@pytest.mark.parametrize(("journey", "template", "language"), ADVERTISEMENTS)
def test_an_advertisement_links_to_its_opt_out_and_names_its_sender(journey: str, template: str, language: str) -> None:
    context = sample_context(language)
    shop = context["shop"]
    made = message(journey, template, language)

    assert isinstance(shop, dict)
    assert {"href": context["unsubscribe_url"]}.items() <= _links(made)[str(context["unsubscribe_url"])].items()
    assert all(shop[field] in made.text for field in ("name", "address", "contact"))
    assert made.subject.startswith("(광고) ") == (language == "ko")


@pytest.mark.parametrize(("journey", "template", "language"), SERVICES)
def test_a_service_mail_is_neither_labelled_nor_unsubscribed_from(journey: str, template: str, language: str) -> None:
    made = message(journey, template, language, unsubscribe_url=None)

    assert "(광고)" not in made.subject
    assert "unsubscribe" not in made.html + made.text


@pytest.mark.parametrize(("journey", "template", "language"), SURVEYS)
def test_a_survey_has_eleven_links_and_says_how_often_it_comes(journey: str, template: str, language: str) -> None:
    made = message(journey, template, language)
    wanted = [f"{sample_context(language)['survey_url']}?score={score}" for score in range(11)]

    assert [link for link in _links(made) if "score" in link] == wanted
    assert all(f"{link}\n" in made.text for link in wanted)
    says_how_often = template == "survey"  # a reminder comes within days of it
    assert ("90" in made.html, "90" in made.text) == (says_how_often, says_how_often)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("former", [None, 77])
def test_the_team_learns_of_a_detractor_where_to_look(former: int | None, language: str) -> None:
    made = message("nps_survey", "detractor", language, answer={"score": 3, "former": former, "comment": EVIL})

    for part in (made.html, made.text):
        assert "rekindle show c_7Qm2sample" in part
        assert "1001" in part
        assert re.search(r"(?<!\d)3(?!\d)", part)
        assert ("77" in part) is (former == 77)
    assert "Jordan" not in made.text
    assert EVIL in made.text
    assert "<script" not in made.html


@pytest.mark.parametrize(("journey", "template", "language"), MESSAGES)
def test_a_name_cannot_inject_anything(journey: str, template: str, language: str) -> None:
    sample = sample_context(language)
    shop, cart, launch = sample["shop"], sample["cart"], sample["launch"]
    assert isinstance(shop, dict)
    assert isinstance(cart, dict)
    assert isinstance(launch, dict)
    lines = [{"name": EVIL, "quantity": 1, "price": 100, "url": "https://shop.example.com/1", "image": None}]

    plain = message(journey, template, language, cart=cart | {"lines": cart["lines"][:1]})
    made = message(
        journey, template, language, customer={"name": EVIL, "first_name": EVIL}, shop=shop | {"name": EVIL},
        cart=cart | {"lines": lines},
        launch=launch | {"name": EVIL},
    )  # fmt: skip

    assert [tag for tag, _ in Outline(made.html).tags] == [tag for tag, _ in Outline(plain.html).tags]
    assert EVIL in made.text


@pytest.mark.parametrize(("journey", "template", "language"), MESSAGES)
def test_a_customer_without_a_name_is_greeted_all_the_same(journey: str, template: str, language: str) -> None:
    made = message(journey, template, language, customer={"name": None, "first_name": ""})

    assert "None" not in made.html + made.text


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_last_call_without_a_code_shows_none(language: str) -> None:
    made = [message(journey, "last_call", language, offer=None) for journey in ("early_access", "win_back")]

    assert all("BACK-7Q2M" not in each.html + each.text for each in made)


@pytest.mark.parametrize("language", LANGUAGES)
def test_an_invitation_promises_early_access_only_when_it_is_early(language: str) -> None:
    launch = sample_context(language)["launch"]
    assert isinstance(launch, dict)

    early = message("early_access", "invitation", language)
    with_all = message("early_access", "invitation", language, launch=launch | {"early_at": launch["opens_at"]})

    assert early.subject != with_all.subject
    assert not re.search("early|우선|先行|先立", with_all.subject + with_all.text.lower())


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", PAGES)
def test_a_page_is_sound_accessible_and_escaped(name: str, language: str) -> None:
    plain = Outline(render_page(name, language, shop="Maple & Moss", action="/x", score=8, comment="Fine", form="x"))
    evil = Outline(render_page(name, language, shop=EVIL, action=EVIL, score=8, comment=EVIL, form=EVIL))

    assert plain.all("html") == [{"lang": language}]
    assert (plain.unbalanced, plain.open) == ([], [])
    assert [tag for tag, _ in evil.tags] == [tag for tag, _ in plain.tags]
    assert not plain.all("script")
    assert {"name": "referrer", "content": "no-referrer"} in plain.all("meta")
    assert all(form["method"] == "post" for form in plain.all("form"))


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_survey_page_has_the_links_score_chosen_and_a_labelled_comment(language: str) -> None:
    outline = Outline(render_page("survey", language, shop="Maple & Moss", score=8))
    scores = [field for field in outline.all("input") if field["name"] == "score"]

    assert [field["value"] for field in scores] == [str(score) for score in range(11)]
    assert [field["value"] for field in scores if "checked" in field] == ["8"]
    assert {"for": "comment"}.items() <= outline.all("label")[-1].items()
    assert outline.all("textarea")[0]["id"] == "comment"


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("reception", ["recorded", "changed", "kept", "final"])
def test_the_page_after_an_answer_says_which_score_counts(reception: str, language: str) -> None:
    page = render_page("survey_thanks", language, shop="Maple & Moss", kept=7, reception=reception)

    assert re.search(r"(?<!\d)7(?!\d)", re.sub("(?s)<style>.*</style>|<[^>]*>", "", page))
    assert "24" in page.partition("<main>")[2]
    assert "{score}" not in page


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_form_says_which_answer_counts_so_far(language: str) -> None:
    pages = [render_page("survey", language, kept=kept) for kept in (None, 0)]

    assert [len(Outline(page).all("p")) for page in pages] == [1, 2]
    assert "{score}" not in pages[1]


def test_a_survey_page_without_a_score_has_none_chosen() -> None:
    assert not any("checked" in field for field in Outline(render_page("survey", "en")).all("input"))


def test_the_unsubscribe_form_posts_what_a_mailbox_provider_posts() -> None:
    outline = Outline(render_page("unsubscribe", "en"))

    assert [(field["name"], field["value"]) for field in outline.all("input")] == [("List-Unsubscribe", "One-Click")]


@pytest.mark.parametrize(
    ("asked", "answered"), [("ko-KR", "ko"), ("JA", "ja"), ("fr", "en"), ("", "en"), ("../x", "en")]
)
def test_a_page_without_the_language_is_in_english(asked: str, answered: str) -> None:
    assert Outline(render_page("invalid", asked)).all("html") == [{"lang": answered}]


def test_an_unknown_page_is_a_lookup_error() -> None:
    with pytest.raises(LookupError, match="nothing"):
        render_page("nothing", "en")


def test_the_pages_say_the_same_things_in_every_language() -> None:
    assert {frozenset(texts_in(language)[1]) for language in LANGUAGES} == {frozenset(texts_in("en")[1])}


def _links(made: Message) -> dict[str, dict[str, str | None]]:
    return {str(link["href"]): link for link in Outline(made.html).all("a")}
