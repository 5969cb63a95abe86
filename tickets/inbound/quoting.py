"""What is new in a mail, and what its writer's program quoted below it: folded, never deleted.

`mail-parser-reply` knows how programs of a dozen languages begin a quotation; what stands here
adds Chinese ones and quotations by mark alone. Lines count, so that nothing is ever lost: the new
part and the quoted one together are the whole text.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from mailparser_reply.constants import MAIL_LANGUAGES
from mailparser_reply.parser import EmailMessage

MOST_LETTERS = 200_000
"""A text longer than this is looked at up to here: patterns take their time."""

_AT = r"(\d{2,4}[-/.年]\d{1,2}[-/.月]\d{1,4}日?)"
_BEGINS = re.compile(
    r"^[\s>*|]*("
    r"-{2,}\s*(原始邮件|原始郵件|原邮件|转发的?邮件|轉寄郵件|回复的?原邮件|Original(\s+Message)?|Forwarded\s+message"
    r"|Ursprüngliche Nachricht|Mensaje original|Message d'origine|Messaggio originale"
    r"|Oorspronkelijk bericht|Oprindelig meddelelse|Ursprungligt meddelande|Original besked"
    r")\s*-{2,}"
    r"|(在|于|於)?\s*" + _AT + r".{0,200}(写道|寫道|来信|回复|回覆|說|说)\s*[:：]?\s*$"
    r"|.{0,120}(写道|寫道)\s*[:：]\s*$"
    r"|(发件人|寄件者|寄件人|发信人|差出人)\s*[:：].{0,200}"
    r"|_{20,}\s*$"
    r")",
    re.I,
)
_FIELD = re.compile(
    r"^[\s>*|]*\**(From|Sent|To|Cc|Date|Subject|发件人|发送时间|发送日期|日期|收件人|抄送|主题|寄件者|寄件日期"
    r"|收件者|副本|主旨|Von|Gesendet|An|Betreff|De|Envoyé|À|Objet|Da|Inviato|A|Oggetto|Van|Verzonden"
    r"|Aan|Onderwerp|Fra|Sendt|Til|Emne|Från|Skickat|Till|Ämne|Od|Wysłano|Do|Temat|От|Отправлено|Кому"
    r"|Тема|Para|Enviado|Asunto|Assunto)\**\s*[:：]\**\s*\S",
    re.I,
)
_WROTE = re.compile(
    r"(wrote|writes|schrieb|a écrit|escribió|ha scritto|schreef|skrev|napisał\(?a?\)?|написал.{0,3}"
    r"|пишет|пише|escreveu|kirjoitti|написа)\s*:?\s*$"
    r"|^\s*(On|Am|Le|El|Il|Op|Den|W dniu|Dnia|Em)\b.{6,}:\s*$",
    re.I,
)
_OPENS = re.compile(r"^[\s>]*(On|Am|Le|El|Il|Op|Den|W dniu|Dnia|Em)\s.{0,60}\d", re.I)
_MARKED = re.compile("^\\s*([>|\uff5c\uff1e]|\\w{1,3}>)")


class Said(NamedTuple):
    """The new part of a mail and the quoted rest; of a mail that quotes all, the whole is new."""

    reply: str
    quoted: str


def cut(text: str) -> Said:
    """Find where the quotation begins that goes on to the end. Never raises."""
    lines = text.split("\n")
    found = (place for place in (_by_words(lines), _by_library(text)) if not _marks(lines, place))
    place = min(_by_marks(lines), *found)
    if not "".join(lines[:place]).strip():
        return Said(text.strip("\n"), "")
    return Said("\n".join(lines[:place]).strip("\n"), "\n".join(lines[place:]).strip("\n"))


def _by_words(lines: list[str]) -> int:
    """The first line that begins a quotation by its words, or a block of three header fields."""
    for place, line in enumerate(lines):
        if _begins(lines, place, line[:400]) and not _marks(lines, place):
            return place
    return len(lines)


def _begins(lines: list[str], place: int, line: str) -> bool:
    if _BEGINS.match(line) and _is_followed(lines, place):
        return True
    if _FIELD.match(line) and _fields(lines, place) >= 3:
        return True
    return _attributes(lines, place)


def _marks(lines: list[str], place: int) -> bool:
    """Whether what follows is marked line by line: then answers may stand between the lines."""
    following = [line for line in lines[place + 1 : place + 12] if line.strip()][:6]
    return any(_MARKED.match(line) and not _ends_saying(line) for line in following)


def _ends_saying(line: str) -> bool:
    """A sentence that says who wrote it may be broken before the `>` of an address."""
    return bool(_WROTE.search(line)) or line.strip() in (">:", "> :", ">")


def _attributes(lines: list[str], place: int) -> bool:
    """Whether a sentence says here who wrote what follows: in one line, or in up to six."""
    line = lines[place][:400]
    is_told = _WROTE.search(line) and line.rstrip().endswith(":")
    if is_told and ("@" in line or _OPENS.match(line)):
        return True
    if not _OPENS.match(line):
        return False
    said = [row.strip() for row in lines[place : place + 7] if row.strip()]
    for rows in range(1, min(len(said), 6) + 1):
        told = " ".join(said[:rows])
        if "@" in told and _WROTE.search(told) and told.endswith(":"):
            return True
    return False


def _fields(lines: list[str], place: int) -> int:
    return sum(bool(_FIELD.match(line[:400])) for line in lines[place : place + 7])


def _is_followed(lines: list[str], place: int) -> bool:
    """A rule of underscores or a sender's line begins a quotation only before more fields."""
    line = lines[place].strip(" >*|")
    if line.startswith("____"):
        return _fields(lines, place + 1) >= 2
    if re.match(r"(发件人|寄件者|寄件人|发信人|差出人)", line):
        return _fields(lines, place) >= 2
    return True


def _by_library(text: str) -> int:
    found = EmailMessage(text=text[:MOST_LETTERS], languages=list(MAIL_LANGUAGES))
    header = next((match for match in found.HEADER_REGEX.finditer(found.text)), None)
    if header is None:
        return text.count("\n") + 1
    said = header[0]
    start = header.start() + len(said) - len(said.lstrip("\n"))
    count: int = found.text.count("\n", 0, start)
    return count


def _by_marks(lines: list[str]) -> int:
    """Where the last run of marked lines begins that nothing new follows, with who wrote it."""
    end = _without_empty(lines, len(lines))
    place = end
    while place and (_MARKED.match(lines[place - 1]) or not lines[place - 1].strip()):
        place -= 1
    if place == end:
        return len(lines)
    before = _without_empty(lines, place)
    for first in range(max(before - 6, 0), before):
        line = lines[first][:400]
        is_between = any(_MARKED.match(row) for row in lines[first + 1 : before])
        if not is_between and (_begins(lines, first, line) or _WROTE.search(line)):
            return first
    return place


def _without_empty(lines: list[str], place: int) -> int:
    """The place behind the last line before it that is not empty."""
    while place and not lines[place - 1].strip():
        place -= 1
    return place
