"""Bytes of a mail as text, though the charset that it names is wrong, unknown or missing."""

from __future__ import annotations

import codecs
import re

READ_AS = {
    # A sender's smaller set is read as the larger one that it grew into: what Chinese and Korean
    # programs call gb2312, big5 and euc-kr has letters that those do not have.
    "gb2312": "gb18030", "gbk": "gb18030", "x-gbk": "gb18030", "cp936": "gb18030",
    "gb_2312-80": "gb18030", "hz-gb-2312": "hz", "big5": "big5hkscs", "x-big5": "big5hkscs",
    "euc-kr": "cp949", "ks_c_5601-1987": "cp949", "shift_jis": "cp932", "x-sjis": "cp932",
    "iso-2022-jp": "iso2022_jp_ext", "us-ascii": "ascii", "ansi_x3.4-1968": "ascii",
    "unicode-1-1-utf-7": "utf-7", "iso-8859-8-i": "iso-8859-8", "iso-8859-8-e": "iso-8859-8",
    "utf8": "utf-8", "unicode-1-1-utf-8": "utf-8", "iso-8859-1": "cp1252", "latin1": "cp1252",
    "x-mac-roman": "mac-roman", "cp-850": "cp850", "x-windows-874": "cp874", "windows-874": "cp874",
}  # fmt: skip
"""What the charset that a mail names is decoded as."""

SEVEN_BIT = ("hz", "iso2022", "utf-7", "utf_7", "utf-16", "utf-32", "utf_16", "utf_32")
"""Charsets whose bytes may look like another's: what names one of these is believed first."""

_GUESSES = ("gb18030", "big5hkscs", "cp949", "cp932", "cp1252")
_NULS = re.compile("[\x00\ufeff]")
_HAN = re.compile("[\u4e00-\u9fff]")
_KANA = re.compile("[\u3041-\u30ff]")
_ACCENTED = re.compile("(?<![^\x00-\x7f])[\u00c0-\u00ff\u0152-\u017e](?![^\x00-\x7f])")
"""A letter of a western language among plain ones: a wrong charset gives them in rows."""
_ODD = re.compile("[\x80-\x9f\ue000-\uf8ff\uff61-\uff9f\ufffd]")


def decoded(raw: bytes, declared: str = "") -> tuple[str, str]:
    """The text, and the charset it was read in; never raises, has neither NUL nor half a letter.

    UTF-8 that says so by its bytes is believed before the declared charset, and that before a
    guess. What fits nothing keeps what can be read, with U+FFFD for the rest.
    """
    named = known(declared)
    if not named.startswith(SEVEN_BIT):
        text = _strictly(raw, "utf-8")
        if text is not None:
            return text, "ascii" if raw.isascii() else "utf-8"
    for name in (named, *_likely(raw, named)):
        text = _strictly(raw, name) if name else None
        if text is not None:
            return text, name
    name = named or "utf-8"
    return _NULS.sub("", raw.decode(name, "replace")), name


def known(declared: str) -> str:
    """The codec for a charset as a mail names it; "" for one that is no text's, or nobody's."""
    name = declared.strip().strip("\"'").lower()
    name = READ_AS.get(name, name)
    try:
        found = codecs.lookup(name) if name.isascii() else None
    except (LookupError, ValueError):
        return ""
    is_text = found is not None and getattr(found, "_is_text_encoding", True)
    return name if is_text else ""


def _strictly(raw: bytes, name: str) -> str | None:
    try:
        text = raw.decode(name)
        text.encode("utf-8")  # a lone surrogate can be stored nowhere
    except (UnicodeError, LookupError, ValueError):
        return None
    return _NULS.sub("", text)


def _likely(raw: bytes, named: str) -> list[str]:
    """Charsets the bytes fit, those of an Asian name or with the most sense first."""
    fits = [(name, text) for name in _GUESSES if (text := _strictly(raw, name)) is not None]

    def sense(fit: tuple[str, str]) -> float:
        name, text = fit
        known = sum(letter in COMMON for letter in text) + 0.3 * len(_KANA.findall(text))
        known += 0.5 * len(_ACCENTED.findall(text))
        known += 0.01 * len(_HAN.findall(text)) - len(_ODD.findall(text))
        return known + (named.startswith("iso2022_jp") and name == "cp932")

    return [name for name, _text in sorted(fits, key=sense, reverse=True)]


COMMON = frozenset(
    "的一是不了在人有我他这中大来上个国到说们为子和你地出道也时年得就那要下以生会自着去之过家学对可"
    "里后小么心多天而能好都然没日于起还发成事只作当想看文无开手用主行方又如前所本见经头面公同三已老"
    "从动两长您请问收到邮件回复谢谢發這個來時說們為國會對過後沒還開點電話"
)
"""Letters that are frequent in Chinese: a wrong charset gives rare ones."""
