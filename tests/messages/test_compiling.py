"""A message's Markdown file becomes the templates that it means, and each fault names its file and line."""

import re
import shutil
from collections.abc import Callable
from html import unescape
from pathlib import Path

import pytest

import workflows
from chalicelib.adapters.templates import Message, Templates
from chalicelib.domain.errors import TemplateError
from chalicelib.domain.facts.consent import Purpose
from infra.messages.local import compile_beside, templates
from workflows.samples import sample_context

HEADER = "---\nsubject: Hello\npreview: A word\n---\n"
Render = Callable[..., Message]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder of journeys that has what all messages share."""
    shutil.copytree(workflows.FOLDER / "messages", tmp_path / "messages")
    shutil.copyfile(workflows.FOLDER / "brand.toml", tmp_path / "brand.toml")
    (tmp_path / "hello" / "messages").mkdir(parents=True)
    return tmp_path


@pytest.fixture
def render(folder: Path) -> Render:
    def rendered(body: str, language: str = "en", *, header: str = HEADER, **context: object) -> Message:
        (folder / f"hello/messages/hi.{language}.md").write_text(header + body, encoding="utf-8")
        values = sample_context(language) | context
        return templates(folder).render("hello", "hi", language, values, purpose=Purpose.SERVICE)

    return rendered


def body_of(message: Message) -> str:
    """The HTML of the card, without styles."""
    found = re.search(r'<td class="card"[^>]*>\n(.*?)</td></tr>\n<tr><td class="muted"', message.html, re.DOTALL)
    assert found
    return re.sub(r' (style|class)="[^"]*"', "", found[1]).strip()


def words_of(message: Message) -> str:
    """The plain text above the footer."""
    return message.text.partition("\n--\n")[0].strip()


@pytest.mark.parametrize(
    ("source", "html", "text"),
    [
        ("# A *fine* day", "<h1>A <em>fine</em> day</h1>", "A fine day"),
        ("one\ntwo\n\nthree", "<p>one two</p><p>three</p>", "one two\n\nthree"),
        ("one\\\ntwo", "<p>one<br>two</p>", "one\ntwo"),
        ("- a\n- b", "<ul><li>a</li><li>b</li></ul>", "- a\n- b"),
        ("1. a\n2. b", "<ol><li>a</li><li>b</li></ol>", "1. a\n2. b"),
        ("- a\n  - b", "<ul><li>a<ul><li>b</li></ul></li></ul>", "- a\n  - b"),
        ("`rekindle show`", "<p><code>rekindle show</code></p>", "rekindle show"),
        ("a\n\n---\n\nb", "<p>a</p><hr><p>b</p>", "a\n\n----\n\nb"),
        ("[here](https://x.example/)", '<p><a href="https://x.example/">here</a></p>', "here <https://x.example/>"),
        ("[a@x.example](mailto:a@x.example)", '<p><a href="mailto:a@x.example">a@x.example</a></p>', "a@x.example"),
        ("a & b {x} \"q\"", "<p>a &amp; b &#123;x} &quot;q&quot;</p>", 'a & b {x} "q"'),
    ],
)  # fmt: skip
def test_markdown_is_html_and_plain_text(render: Render, source: str, html: str, text: str) -> None:
    message = render(source)

    assert body_of(message) == html
    assert words_of(message) == text


def test_values_are_put_in_as_they_are_and_never_read_as_markdown(render: Render) -> None:
    message = render('{{ name }} and **{{ "%d" | format(3 * 2) }}**', name="*Ann* <b> [x](http://y) {{ 1 }}")

    assert body_of(message) == "<p>*Ann* &lt;b&gt; [x](http://y) {{ 1 }} and <strong>6</strong></p>"
    assert words_of(message) == "*Ann* <b> [x](http://y) {{ 1 }} and 6"


@pytest.mark.parametrize("braces", ["&#123;&#123; x }}", r"\{\{ x }}", "{`{ x }`}"])
def test_braces_that_are_no_tag_stay_none(render: Render, braces: str) -> None:
    message = render(braces)

    assert (words_of(message), unescape(re.sub("<[^>]*>", "", body_of(message)))) == ("{{ x }}", "{{ x }}")


def test_a_link_is_what_an_expression_gives_and_nothing_but_a_link(render: Render) -> None:
    message = render("[go]({{ cart.url }})")
    assert '<a href="https://shop.example.com/cart/1001">go</a>' in body_of(message)

    with pytest.raises(TemplateError, match=r"^hello/messages/hi\.en\.md:5: expected a link"):
        render("[go]({{ url }})", url="javascript:alert(1)")


def test_a_condition_stands_on_lines_of_its_own_or_within_a_paragraph(render: Render) -> None:
    source = "- a\n{% if yes %}\n- b\n{% else %}\n\nno\n{% endif %}\n\nA{% if yes %} **b**{% endif %}."

    yes, no = render(source, yes=True), render(source, yes=False)

    assert body_of(yes) == "<ul><li>a</li></ul><ul><li>b</li></ul><p>A <strong>b</strong>.</p>"
    assert body_of(no) == "<ul><li>a</li></ul><p>no</p><p>A.</p>"
    assert words_of(no) == "- a\n\nno\n\nA."


@pytest.mark.parametrize(
    ("language", "source", "html"),
    [
        ("ko", "**할인(10%)**을", "<p><strong>할인(10%)</strong>을</p>"),
        ("ja", "**「重要」**です", "<p><strong>「重要」</strong>です</p>"),
        ("ja", "日本\n語", "<p>日本語</p>"),
        ("ja", "日本\n{{ 1 }}\n語", "<p>日本1語</p>"),
        ("ko", "한국\n어", "<p>한국 어</p>"),
        ("ja", "one\ntwo", "<p>one two</p>"),
    ],
)
def test_korean_and_japanese_need_no_spaces_for_emphasis_nor_get_any(
    render: Render, language: str, source: str, html: str
) -> None:
    assert body_of(render(source, language)) == html


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("#1 for you", "#1 for you"),
        ("12:30", "12:30"),
        ("no", "no"),
        ("[광고] <you>", "[광고] <you>"),
        ("{{ shop.name }}: a {x} & 'y'", "Maple & Moss: a {x} & 'y'"),
        ('{{ "a" if 1 else "b" }}', "a"),
    ],
)
def test_a_value_of_the_header_is_the_rest_of_its_line(render: Render, value: str, shown: str) -> None:
    message = render("Hi", header=f"---\nsubject: {value}\npreview: {value}\n---\n")

    assert message.subject == shown
    assert shown in unescape(message.html)
    assert "<you>" not in message.html


@pytest.mark.parametrize(
    ("source", "line", "problem"),
    [
        ("Hi\n\n{% for x in y %}", 7, "{% for %} is not for messages"),
        ("Hi\n\n{% if x %}\nyes", 7, "{% if %} has no {% endif %}"),
        ("Hi\n\n- a {% if x %}\n- b {% endif %}", 8, "{% endif %} stands in another block"),
        ("**a {% if x %}b** c{% endif %}", 5, "{% endif %} stands in another block"),
        ("Hi {{ cart_lines() }}", 5, "cart_lines(…) stands on a line of its own"),
        ("Hi\n<b>x</b>", 6, "'<b' is left in the text"),
        ("Hi **x", 5, "'**' is left in the text"),
        ("[x] (https://x.example) [y](", 5, "'](' is left in the text"),
        ("12. 16.까지", 5, "this reads as a numbered list"),
        ("[x](javascript:alert)", 5, "'](' is left in the text"),
        ("[x](ftp://x.example)", 5, "a link begins with https:"),
        ("{% raw %}x{% endraw %}", 5, "{% raw %} is not for messages"),
        ("{{ a\n}}", 5, "a tag stands on one line"),
        ("{%- if x %}a{% endif %}", 5, "a tag has no '-'"),
        ("{{ x", 5, "{{ has no end"),
        ("{{ x | }}", 5, "expected token"),
        ("Hi\n\n{% if %}\nx\n{% endif %}", 7, "Expected an expression"),
        ("\n{{ x | shout }}", 6, "No filter named 'shout'"),
        ("zJ1Jz", 5, "'zJ1Jz' is reserved"),
    ],
)
def test_a_fault_names_its_file_and_line(render: Render, source: str, line: int, problem: str) -> None:
    with pytest.raises(TemplateError) as failed:
        render(source)

    assert str(failed.value).startswith(f"hello/messages/hi.en.md:{line}: ")
    assert problem in str(failed.value)


@pytest.mark.parametrize(
    ("header", "line", "problem"),
    [
        ("---\nsubject: x\n", 1, "no closing line '---'"),
        ("---\ntitle: x\n---\n", 2, "expected one of subject: …"),
        ("---\nsubject: x\nsubject: y\n---\n", 3, "a second subject"),
        ("---\nsubject:\n---\n", 2, "an empty subject"),
        ("---\nsubject: {{ x\npreview: y\n---\n", 2, "{{ has no end"),
    ],
)
def test_a_fault_of_the_header_names_its_line(render: Render, header: str, line: int, problem: str) -> None:
    with pytest.raises(TemplateError) as failed:
        render("Hi", header=header)

    assert str(failed.value).startswith(f"hello/messages/hi.en.md:{line}: ")
    assert problem in str(failed.value)


@pytest.mark.parametrize("line", [2, 3, 8])
def test_what_cannot_be_rendered_names_the_line_of_the_markdown(render: Render, line: int) -> None:
    lines = ["---", "subject: x", "preview: y", "---", "# Hi", "", "one", "two", "", "{% if 1 %}", "x", "{% endif %}"]
    lines[line - 1] += " {{ nobody }}"

    with pytest.raises(TemplateError, match=rf"^hello/messages/hi\.en\.md:{line}: 'nobody' is undefined"):
        render("\n".join(lines[4:]), header="\n".join([*lines[:4], ""]))


def test_a_file_with_the_line_ends_of_windows_and_a_mark_is_the_same(folder: Path, render: Render) -> None:
    plain = render("# Hi\n\none\ntwo\n\n{% if 1 %}\n- x\n{% endif %}\n")
    path = folder / "hello/messages/hi.en.md"
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes().replace(b"\n", b"\r\n"))

    assert templates(folder).render("hello", "hi", "en", sample_context("en"), purpose=Purpose.SERVICE) == plain


def test_a_file_in_another_encoding_is_refused(folder: Path) -> None:
    (folder / "hello/messages/hi.en.md").write_bytes(HEADER.encode() + "é".encode("latin-1"))

    with pytest.raises(TemplateError, match="not UTF-8"):
        templates(folder).render("hello", "hi", "en", sample_context("en"))


def test_a_message_without_a_subject_is_no_mail(render: Render) -> None:
    with pytest.raises(TemplateError, match=r"^hello/messages/hi\.en\.md: there is no .*subject"):
        render("Hi", header="---\npreview: y\n---\n")


def test_the_package_has_the_same_messages_as_this_machine(folder: Path, tmp_path: Path) -> None:
    packaged = tmp_path / "package"
    shutil.copytree(workflows.FOLDER, packaged, ignore=shutil.ignore_patterns("__pycache__"))

    assert compile_beside(packaged) == len(list(workflows.FOLDER.glob("**/messages/*.md")))

    for path in workflows.FOLDER.glob("*/messages/*.md"):
        journey, (name, language) = path.parent.parent.name, path.stem.split(".")
        context = sample_context(language) | {"unsubscribe_url": "https://links.example.com/u/1"}
        one = Templates(packaged).render(journey, name, language, context)
        assert one == templates(workflows.FOLDER).render(journey, name, language, context)


def test_the_pieces_have_a_form_for_html_and_one_for_text() -> None:
    names = [
        re.findall(r"{% macro ([a-z]\w*)\(([^)]*)\)", (workflows.FOLDER / f"messages/pieces.{part}").read_text())
        for part in ("html", "txt")
    ]

    assert names[0] == names[1]
