"""Nothing executable survives, nothing readable is lost, and nothing takes long."""

import json
import os
from collections.abc import Iterator
from contextlib import suppress
from html.parser import HTMLParser
from pathlib import Path
from time import process_time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tickets.html import HtmlTooDeep, HtmlTooLarge, clean, excerpt, from_text, to_text

MEBIBYTE = 1024 * 1024
LINK = ' rel="noopener nofollow"'
TAGS = {
    "a", "blockquote", "br", "code", "em", "h3", "h4", "hr", "img", "li", "ol", "p", "pre", "s",
    "strong", "table", "tbody", "td", "th", "thead", "tr", "u", "ul",
}  # fmt: skip
ATTRIBUTES = {"alt", "colspan", "href", "rel", "rowspan", "src", "start", "title"}

HOSTILE = [
    "<script>alert(1)</script>",
    "<ScRiPt src=//evil.example></sCrIpT>",
    "<img src=x onerror=alert(1)>",
    "<svg/onload=alert(1)>",
    "<svg><style><a title='</style><img src=x onerror=alert(1)>'>",
    "<math><mtext><table><mglyph><style><!--</style><img title='--&gt;&lt;img src=1 onerror=a()>'>",
    "<a href='javascript:alert(1)'>x</a>",
    "<a href='jav&#x09;ascript:alert(1)'>x</a>",
    "<a href=' &#14; javascript:alert(1)'>x</a>",
    "<a href='data:text/html,<script>alert(1)</script>'>x</a>",
    "<a href='vbscript:msgbox(1)'>x</a>",
    "<a href='//evil.example'>x</a>",
    "<p style='background:url(javascript:alert(1))' class=x id=y onclick=alert(1)>x</p>",
    "<iframe srcdoc='<script>alert(1)</script>'></iframe>",
    "<noscript><p title='</noscript><img src=x onerror=alert(1)>'>",
    "<template><script>alert(1)</script></template>",
    "<form action=javascript:alert(1)><button formaction=javascript:alert(1)>x</button></form>",
    "<b><i></b><script</i>>alert(1)</script>",
    "<<script>alert(1)//<</script>",
    "<img src='/files/../sign-out/'><img src='/files/abc?x=1'><img src='http://evil.example/t.gif'>",
    '<p title="</p><script>alert(1)</script>">x',
    "<![CDATA[><img src=x onerror=alert(1)>]]>",
    "<!--><img src=x onerror=alert(1)>-->",
    "<plaintext><script>alert(1)</script>",
]


class Reader(HTMLParser):
    """What a reader of clean HTML must never find."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in TAGS:
            self.found.append(f"<{tag}>")
        for name, value in attrs:
            if name not in ATTRIBUTES:
                self.found.append(f"{tag} {name}")
            if name == "href" and not (value or "").startswith(("http", "mailto:", "tel:")):
                self.found.append(f"href {value}")
            if name == "src" and not (value or "").startswith("/files/"):
                self.found.append(f"src {value}")

    def handle_comment(self, data: str) -> None:
        self.found.append(f"comment {data}")

    def handle_decl(self, decl: str) -> None:
        self.found.append(f"declaration {decl}")


def executable(html: str) -> list[str]:
    reader = Reader()
    reader.feed(html)
    reader.close()
    return reader.found


@pytest.mark.parametrize("html", HOSTILE)
def test_nothing_executable_survives(html: str) -> None:
    once = clean(html)

    assert executable(once) == []
    assert clean(once) == once


def payloads(folder: Path) -> Iterator[str]:
    for case in json.loads((folder / "dompurify_expect_223.json").read_text()):
        yield str(case["payload"])
    yield from (str(text) for text in json.loads((folder / "blns.json").read_text()))
    for path in sorted([*folder.glob("*xss*"), *folder.glob("fuzzdb_*")]):
        yield from path.read_text(errors="replace").splitlines()
    yield (folder / "owasp_XSS_Filter_Evasion_Cheat_Sheet.md").read_text()


@pytest.mark.samples
def test_nothing_executable_survives_of_what_others_collected() -> None:
    folder = Path(os.environ.get("SAMPLES", "") or "missing", "security")
    if not folder.is_dir():
        pytest.skip("SAMPLES names no folder with security/")

    found = {html: executable(clean(html)) for html in payloads(folder)}

    assert len(found) > 2000
    assert {html: what for html, what in found.items() if what} == {}
    assert [html for html in found if executable(from_text(html))] == []


PIECES = st.sampled_from([
    "<p>", "</p>", "<div>", "</div>", "<b>", "</b>", "<a href=https://x.example>", "</a>",
    "<table>", "<tr>", "<td>", "</td>", "</table>", "<tbody>", "<thead>", "<th>", "<ul>", "<li>",
    "</ul>", "<blockquote>", "</blockquote>", "<pre>", "</pre>", "<h1>", "<hr>", "<br>", "\n", " ",
    "x", "&", "<", ">", "&amp;", "&lt;", "<script>", "</script>", "<svg>", "<!--", "-->", '"', "'",
    "<img alt=pic>", "<img src=/files/ab/>", "<caption>", "<select>", "<template>", "字",
])  # fmt: skip


@settings(max_examples=400, deadline=None)
@given(st.lists(PIECES, max_size=40).map("".join))
def test_clean_is_safe_and_clean_again_changes_nothing(html: str) -> None:
    once = clean(html)

    assert executable(once) == []
    assert clean(once) == once


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=200))
def test_no_text_breaks_anything(text: str) -> None:
    assert executable(clean(text)) == []
    assert executable(from_text(text)) == []
    to_text(text)
    assert len(excerpt(text, 20)) <= 20


# --- What stays --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("html", "cleaned"),
    [
        ("<p>Hello <strong>Uma</strong></p>", "<p>Hello <strong>Uma</strong></p>"),
        ("<p>one<p>two", "<p>one</p><p>two</p>"),
        ("<div>one</div><div>two</div>", "<p>one</p><p>two</p>"),
        ("<b>b</b> <i>i</i> <del>d</del>", "<strong>b</strong> <em>i</em> <s>d</s>"),
        ("<h1>Big</h1>", "<h3>Big</h3>"),
        ("<ul><li>a<li>b</ul>", "<ul><li>a</li><li>b</li></ul>"),
        ("a < b & c", "a &lt; b &amp; c"),
        ("<a href='https://x.example/?a=1&b=2'>x</a>",
         f'<a href="https://x.example/?a=1&amp;b=2"{LINK}>x</a>'),
        ("<a href='tel:+49301'>x</a>", f'<a href="tel:+49301"{LINK}>x</a>'),
        ("<a name=top>x</a>", "x"),
        ('<img src="/files/0a1b/" alt="Error">', '<img src="/files/0a1b/" alt="Error">'),
        ('<img src="https://x.example/a.png" alt="Error">', "Error"),
        ("<table><tr><td>1<td>2</table>",
         "<table><tbody><tr><td>1</td><td>2</td></tr></tbody></table>"),
        ("<style>p{}</style><p>x", "<p>x</p>"),
        ("<pre>  two\n  lines</pre>", "<pre>  two\n  lines</pre>"),
        ("<p>请看<em>发票</em></p>", "<p>请看<em>发票</em></p>"),
    ],
)  # fmt: skip
def test_what_people_write_stays(html: str, cleaned: str) -> None:
    assert clean(html) == cleaned


def test_what_nobody_can_see_goes_and_writing_directions_stay() -> None:
    assert clean("a\x00b\x07c\td\u202ee&#x202e;f&#7;g\ud800") == "abc\tdefg"
    assert clean("\u2067שלמה\u2069\u200f") == "\u2067שלמה\u2069\u200f"


# --- What is refused ---------------------------------------------------------------------------


@pytest.mark.parametrize("tag", ["div", "b", "span", "blockquote", "ul><li", "table><tr><td", "x"])
def test_fifty_thousand_levels_are_refused_at_once(tag: str) -> None:
    opened, closed = f"<{tag}>" * 50_000, f"</{tag.split('>', 1)[0]}>" * 50_000
    began = process_time()

    with pytest.raises((HtmlTooDeep, HtmlTooLarge)):
        clean(f"{opened}x{closed}")

    assert process_time() - began < 2


def test_two_hundred_levels_are_fine_and_one_more_is_not() -> None:
    assert clean("<blockquote>" * 200 + "x").count("<blockquote>") == 200
    with pytest.raises(HtmlTooDeep):
        clean("<blockquote>" * 201 + "x")


def test_closed_again_is_not_deep() -> None:
    assert clean("<div><span>x</span></div>" * 2000).count("<p>") == 2000


def test_a_mebibyte_is_fine_and_one_more_byte_is_not() -> None:
    assert len(clean("x" * MEBIBYTE)) == MEBIBYTE
    with pytest.raises(HtmlTooLarge):
        clean("x" * (MEBIBYTE + 1))
    with pytest.raises(HtmlTooLarge):
        clean("字" * (MEBIBYTE // 3 + 1))


@pytest.mark.parametrize(
    "piece",
    ["<", "&", "&amp;", "<!--", "<!-->", "<a ", '<a x="', "<a x='>", "</p>", "<p>", "<table>x",
     "<style>", "<![CDATA[", "<br>", "<p><b>x</p>", "<hr>"],
)  # fmt: skip
def test_a_mebibyte_of_anything_takes_no_more_than_two_seconds(piece: str) -> None:
    html = piece * (MEBIBYTE // len(piece))
    began = process_time()

    with suppress(HtmlTooDeep, HtmlTooLarge):
        clean(html)
    to_text(html)

    assert process_time() - began < 4  # both together


# --- Plain text --------------------------------------------------------------------------------


def test_plain_text_becomes_paragraphs_lines_and_links() -> None:
    html = from_text("Hi <Ada>,\nsee https://x.example/a_(b)?c=1&d=2.\n\n邮箱ed@acme.example，谢谢")

    assert html == (
        "<p>Hi &lt;Ada&gt;,<br>see "
        f'<a href="https://x.example/a_(b)?c=1&amp;d=2"{LINK}>'
        "https://x.example/a_(b)?c=1&amp;d=2</a>.</p>"
        f'<p>邮箱<a href="mailto:ed@acme.example"{LINK}>ed@acme.example</a>，谢谢</p>'
    )
    assert clean(html) == html


def test_plain_text_comes_back_as_it_was() -> None:
    text = "Hi <Ada>,\nsee https://x.example/ & more.\n\nSecond paragraph, ed@acme.example"

    assert to_text(from_text(text)) == text


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("<p>one</p><p>two<br>three</p>", "one\n\ntwo\nthree"),
        ("<ul><li>a<ul><li>b</li></ul></li><li>c</li></ul><p>d</p>", "- a\n  - b\n- c\n\nd"),
        ("<ol start=3><li><p>a</p></li><li>b</li></ol>", "3. a\n4. b"),
        ("<a href='https://x.example/a'>here</a>", "here <https://x.example/a>"),
        ("<a href='mailto:ed@acme.example'>Ed</a>", "Ed <ed@acme.example>"),
        ("<blockquote><p>a</p><p>b</p></blockquote>c", "> a\n>\n> b\n\nc"),
        ("<table><tr><th>a</th><th>b</th></tr><tr><td>1</td><td>2</td></tr></table>",
         "a | b\n1 | 2"),
        ("<pre>  a\n    b</pre>", "  a\n    b"),
        ("<p>a &lt;b&gt; &amp;\n  c</p>", "a <b> & c"),
        ("x<hr>y", "x\n\n---\n\ny"),
        ("<img src='/files/ab/' alt='Error'>", "[Error]"),
        ("", ""),
    ],
)  # fmt: skip
def test_a_message_reads_well_as_plain_text(html: str, text: str) -> None:
    assert to_text(html) == text


def test_an_excerpt_is_one_line_cut_at_a_word() -> None:
    html = "<p>The invoice of <a href='https://x.example/'>March</a></p><p>is missing</p>"

    assert excerpt(html, 100) == "The invoice of March is missing"
    assert excerpt(html, 18) == "The invoice of…"
    assert excerpt("<p>三月的发票打不开，请尽快处理</p>", 8) == "三月的发票打不…"
