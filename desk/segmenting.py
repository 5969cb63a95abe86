"""Words to search by, English and Chinese, as PostgreSQL's `simple` configuration takes them.

Index with `to_tsvector('simple', lexemes(text))`, ask with `to_tsquery('simple', tsquery(words))`.
Every word that leaves here is made of letters and digits only, so the parser of PostgreSQL leaves
it whole and nothing typed can be an operator.

- Codes and addresses (`ACME-128`, `ed@acme.example`) are indexed in one piece, without their marks,
  and in parts; a query asks for the piece, so `acme-128` is that ticket.
- Plurals are indexed with their singular, a query asks for the singular: invoice = invoices.
- Chinese is indexed by the words jieba finds, small ones inside long ones included, and by every
  two neighbouring characters, so that no word is missed because a sentence was cut differently.
- The last word of a query may be unfinished.
"""

import importlib
import logging
import os
import re
import tempfile
import unicodedata
import warnings
from collections.abc import Iterator
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any

MAX_TEXT = 200_000  # characters of a ticket that are searchable
MAX_QUERY = 200
MAX_WORDS = 16  # of a query
MAX_WORD = 64
MAX_VECTOR = 900_000  # bytes; PostgreSQL refuses a tsvector over 1 MiB

_CJK = "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
_PIECE = re.compile(
    rf"(?P<cjk>(?:(?=\w)[{_CJK}])+)|(?P<word>[^\W_{_CJK}]+(?:[-_.@/:#+][^\W_{_CJK}]+)*)", re.UNICODE
)
_PART = re.compile(r"[^\W_]+")
# Alone they find everything; beside other words they only lose tickets that lack them.
_FILLERS = {
    "a", "an", "and", "are", "for", "how", "in", "is", "it", "not", "of", "on", "or", "the", "to",
    "with",
}  # fmt: skip


def lexemes(text: str, *, query: bool = False) -> str:
    """Lower-case words with a space between: all to index, or (query) those to ask for.

    Only the first 200,000 characters count, 200 of a query. Never raises.
    """
    if query:
        return " ".join(word for ways in _wanted(text) for word in ways[0])
    return " ".join(_within(_indexed(text), MAX_VECTOR))


def tsquery(text: str) -> str:
    """What was typed, as an expression for `to_tsquery`: all words, the last one unfinished.

    An empty string when there is nothing to look for: then ask for nothing. Never raises.
    """
    wanted = _wanted(text)
    terms = [_either(ways, is_last=n == len(wanted)) for n, ways in enumerate(wanted, start=1)]
    return " & ".join(terms)


def _either(ways: "Ways", *, is_last: bool) -> str:
    term = " | ".join(" & ".join(_asked(word, is_last=is_last) for word in way) for way in ways)
    return f"({term})" if " " in term else term


def _asked(word: str, *, is_last: bool) -> str:
    # A single Chinese character is no word of the index, but the beginning of many.
    return f"{word}:*" if is_last or (len(word) == 1 and _is_chinese(word)) else word


# One thing that is wanted: any of these lists of words, each of them whole.
Ways = list[list[str]]


def _indexed(text: str) -> Iterator[str]:
    for kind, piece in _pieces(text, MAX_TEXT):
        if kind == "cjk":
            yield from _chinese_words(piece)
            yield from _pairs(piece)
            yield piece[-1]  # a query for one character looks for beginnings
        else:
            yield from _english_words(piece)


def _within(words: Iterator[str], size: int) -> Iterator[str]:
    """As many words as make a tsvector of so many bytes: 2 for each place, and each word once."""
    known: set[str] = set()
    for word in words:
        size -= 2 if word in known else len(word.encode()) + 5
        if size < 0:
            return
        known.add(word)
        yield word


def _english_words(piece: str) -> Iterator[str]:
    parts = _PART.findall(piece)
    if len(parts) > 1:
        yield "".join(parts)[:MAX_WORD]
    for part in parts:
        word = part[:MAX_WORD]
        yield word
        if (singular := _singular(word)) != word:
            yield singular


def _wanted(text: str) -> list[Ways]:
    wanted: list[Ways] = []
    for kind, piece in _pieces(text, MAX_QUERY):
        if kind == "cjk":
            wanted += _wanted_chinese(piece)
        else:
            wanted.append([[_singular("".join(_PART.findall(piece))[:MAX_WORD])]])
    telling = [ways for ways in wanted if ways[0][0] not in _FILLERS]
    return (telling or wanted)[:MAX_WORDS]


def _wanted_chinese(run: str) -> list[Ways]:
    words = [word for word in _chinese_words(run, is_guessing=True) if len(word) > 1]
    if not words:  # nothing jieba knows: every character counts
        return [[[pair]] for pair in _pairs(run)]
    # A long word may have been cut differently where it was written: then by its pairs.
    return [[[word]] if len(word) == 2 else [[word], list(_pairs(word))] for word in words]


def _pieces(text: str, length: int) -> Iterator[tuple[str, str]]:
    """Runs of Chinese or Japanese, and words with the marks inside them, in one width and case."""
    plain = unicodedata.normalize("NFKC", text[:length]).lower()[:length]
    for match in _PIECE.finditer(plain):
        yield match.lastgroup or "", match[0]


def _singular(word: str) -> str:
    """Harman's S stemmer: only plurals, and only where English is regular."""
    if len(word) < 4 or not word.isascii() or not word.isalpha() or not word.endswith("s"):
        return word
    if word.endswith("ies") and not word.endswith(("aies", "eies")):
        return word[:-3] + "y"
    if word.endswith(("xes", "ches", "shes", "sses")):
        return word[:-2]
    return word if word.endswith(("ss", "us", "is")) else word[:-1]


def _pairs(run: str) -> Iterator[str]:
    """Each two neighbours; a character that has none, alone."""
    if len(run) > 1:
        yield from (first + second for first, second in pairwise(run))
    else:
        yield run


def _is_chinese(word: str) -> bool:
    return _PIECE.fullmatch(word) is not None and not word.isascii() and word.isalpha()


def _chinese_words(run: str, *, is_guessing: bool = False) -> Iterator[str]:
    """By jieba's dictionary; guessing new words (names) costs too much for whole texts."""
    for word in _jieba().cut_for_search(run, HMM=is_guessing):
        if word.strip():
            yield word[:MAX_WORD]


@cache
def _jieba() -> Any:
    """The segmenter, loaded at its first word (1 s, then 0.4 s from its cache), and quiet."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # its source has escapes that Python 3.12 complains about
        jieba = importlib.import_module("jieba")
    jieba.setLogLevel(logging.ERROR)
    segmenter = jieba.Tokenizer()
    # Its own default is a fixed name in /tmp that anyone could have written, and it loads that file
    # as code objects are loaded.
    segmenter.tmp_dir = str(_own_folder())
    segmenter.initialize()
    return segmenter


def _own_folder() -> Path:
    folder = Path(__file__).resolve().parents[1] / "var" / "jieba"
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError:
        return Path(tempfile.mkdtemp(prefix="jieba-"))
    return folder if os.access(folder, os.W_OK) else Path(tempfile.mkdtemp(prefix="jieba-"))
