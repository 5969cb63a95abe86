"""All that a person reads is there in Simplified Chinese; nothing is said past translation."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from functools import cache
from html.parser import HTMLParser
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.pofile import read_po

from servicedesk import env
from servicedesk.messages import LOCALE, LOCALES
from tests.architecture.sources import APPS, relative

TEMPLATES = env.BASE_DIR / "templates"
HAN = "[\u3400-\u9fff]"
HALF_WIDTH = re.compile(rf"{HAN}\s*[,;:!?()]|[,;:!?()]{HAN}|\.\.\.|{HAN}\.")
PLACEHOLDER = re.compile(r"%\(\w+\)[a-z]|%[a-z]|\{\w*\}")
NEEDED = ("xgettext", "msguniq", "msgattrib", "msgmerge")

SAME_EVERYWHERE = {"Authorization", "Bearer", "CSV", "Ctrl", "English", "OpenAPI", "PDF"}
"""Names of keys, headers and standards; and a language, which calls itself by its own name."""
READ_ALOUD_OR_SHOWN = ("title", "aria-label", "placeholder", "alt", "label", "value")
"""Attributes that a reader sees or hears."""
TRANSLATED = re.compile(r"{%\s*blocktrans(?:late)?\b.*?{%\s*endblocktrans(?:late)?\s*%}", re.S)
UNSAID = re.compile(
    r"{%\s*comment\b.*?{%\s*endcomment\s*%}"
    r"|{%\s*block \w+_(?:class|data)\s*%}.*?{%\s*endblock\b.*?%}"
    r"|{#.*?#}|{%.*?%}|{{.*?}}|<!--.*?-->",
    re.S,
)
MUTE = ("script", "style", "mj-style", "kbd")
WORD = re.compile(r"[A-Za-z]{2,}")


@cache
def _catalog(path: Path) -> Catalog:
    with path.open("rb") as opened:
        return read_po(opened, locale=LOCALES[0], abort_invalid=True)


def _said(path: Path) -> list[Message]:
    return [message for message in _catalog(path) if message.id]


def _texts(message: Message) -> list[str]:
    """Its translation, in as many forms as the catalog counts."""
    said = message.string
    return [str(text or "") for text in (said if isinstance(said, list | tuple) else [said])]


def _source(message: Message) -> str:
    """The text as it is said of many, which names everything that its translation may."""
    return str(message.id[-1] if isinstance(message.id, list | tuple) else message.id)


CHINESE = LOCALE / "zh_Hans" / "LC_MESSAGES" / "django.po"


def test_every_text_is_translated() -> None:
    assert _untranslated(CHINESE) == []


def _untranslated(path: Path) -> list[str]:
    return [_source(m) for m in _said(path) if m.fuzzy or not all(_texts(m))]


def test_chinese_has_one_form_for_any_number() -> None:
    assert _catalog(CHINESE).num_plurals == 1
    assert [m.id for m in _said(CHINESE) if len(_texts(m)) != 1] == []


def test_every_placeholder_is_kept() -> None:
    wrong = {
        _source(message): text
        for message in _said(CHINESE)
        for text in _texts(message)
        if set(PLACEHOLDER.findall(text)) != set(PLACEHOLDER.findall(_source(message)))
    }
    assert wrong == {}


def test_chinese_is_punctuated_in_full_width() -> None:
    formats = "date format"
    wrong = [
        text
        for message in _said(CHINESE)
        for text in _texts(message)
        if message.context != formats and HALF_WIDTH.search(PLACEHOLDER.sub("", text))
    ]
    assert wrong == []


@pytest.mark.skipif(
    not all(map(shutil.which, NEEDED)), reason="this machine has no GNU gettext to collect texts"
)
def test_no_text_is_missing_from_the_translations(tmp_path: Path) -> None:
    """`make messages` was run: a fresh collection, made beside the tree, finds nothing new."""
    fresh = _collected(tmp_path)
    assert _untranslated(fresh) == []


def _collected(beside: Path) -> Path:
    """Copy code, templates and translations, and collect the texts into that copy."""
    made = shutil.ignore_patterns("__pycache__", "*.mo", "*.draft")
    for top in (*APPS, "templates", "locale"):
        shutil.copytree(env.BASE_DIR / top, beside / top, ignore=made)
    variables = {key: value for key, value in os.environ.items() if key[:7] != "DJANGO_"}
    subprocess.run(
        [
            *(sys.executable, "-m", "django", "makemessages", "--locale", LOCALES[0]),
            *("--no-location", "--no-wrap"),
        ],
        cwd=beside,
        env=variables,
        check=True,
        capture_output=True,
    )
    return beside / "locale" / LOCALES[0] / "LC_MESSAGES" / "django.po"


class _Page(HTMLParser):
    """Gathers what a template says by itself: text, and attributes that are shown or read aloud."""

    def __init__(self) -> None:
        super().__init__()
        self.words: list[str] = []
        self.muted = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.muted += tag in MUTE
        shown = READ_ALOUD_OR_SHOWN if not self._is_a_value(tag, dict(attrs)) else ()
        self.words += [value for name, value in attrs if name in shown and value]

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        self.muted -= tag in MUTE

    def handle_data(self, data: str) -> None:
        if not self.muted:
            self.words.append(data)

    @staticmethod
    def _is_a_value(tag: str, attrs: dict[str, str | None]) -> bool:
        """Whether `value` is for the server: a button with `name` shows its content instead."""
        return "value" in attrs and (tag in ("option", "button") or attrs.get("type") != "submit")


def _english_in(path: Path) -> set[str]:
    left = UNSAID.sub(" ", TRANSLATED.sub(" ", path.read_text()))
    page = _Page()
    page.feed(left)
    page.close()
    return {word for words in page.words for word in WORD.findall(words)} - SAME_EVERYWHERE


def test_no_template_says_anything_past_translation() -> None:
    files = [file for kind in ("*.html", "*.txt") for file in sorted(TEMPLATES.rglob(kind))]
    assert len(files) > 40
    english = {relative(path): found for path in files if (found := _english_in(path))}
    assert english == {}


@pytest.mark.parametrize(
    "said",
    [
        "<p>Hello there</p>",
        '<button title="Take it">{% lucide "x" %}</button>',
        '<input type="submit" value="Send">',
        "{% blocktranslate %}Fine{% endblocktranslate %} but not this",
    ],
)
def test_english_past_translation_is_found(tmp_path: Path, said: str) -> None:
    template = tmp_path / "page.html"
    template.write_text(said)
    assert _english_in(template)
