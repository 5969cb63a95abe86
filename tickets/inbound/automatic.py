"""What no person sent: bounces, automatic replies, lists.

Such mail is never answered and opens nothing again (RFC 3834). Told by headers first; by subjects
only where a program that leaves them out is known by its words.
"""

from __future__ import annotations

import re
from email.message import Message
from enum import StrEnum
from typing import NamedTuple

from tickets.inbound import headers


class Sort(StrEnum):
    """What a mail is; only a person's may change a ticket."""

    PERSON = "person"
    BOUNCE = "bounce"
    DELAYED = "delayed"
    COMPLAINT = "complaint"
    AWAY = "away"
    AUTOMATIC = "automatic"
    LIST = "list"


NO_ANSWERS = "no_answers"
"""Noted of a mail that wants none of programs' answers, whoever wrote it."""


class Kept(NamedTuple):
    """What a mail is, and the header or words that say so."""

    sort: Sort
    why: str = ""


_DAEMON = re.compile(
    r"^(mailer-?daemon|postmaster|mail-?delivery(-?(sub)?system)?|delivery|bounces?|mdaemon"
    r"|postoffice|post[._]?master|mail[._]delivery[._]system|mail\.daemon|smtp-?daemon|mailadm|root|mailmaster|amavisd?(-new)?)(\b|[+_-])",
    re.I,
)
_UNDELIVERED = re.compile(
    r"undeliver|delivery (status|report|failure|problem|notification|has failed|failed)"
    r"|returned mail|return(ed)? to sender|mail delivery|mail system error|non.?deliver"
    r"|failure (notice|delivery)|could ?n.t be delivered|not? (be )?delivered|delivery.{0,20}error"
    r"|message delivery|user unknown|unzustellbar|nicht zugestellt|non remis|echec|retour de mail"
    r"|nondeliverable|mail.{0,12}fail|fail.{0,12}mail|rejected|bounce|error mail|mail error"
    r"|退信|退回|无法投递|投递失败|投遞失敗|未能投递|无法送达|无法送達|配信|エラーメール|送信できません"
    r"|warning: could not send|smtp server: errors|delivery status|loop alert"
    r"|are not member|virus|notification d.?.tat|недостав|mensagem não",
    re.I,
)
_DELAYED = re.compile(r"delay|warning|deferred|still being|延迟|延遲|verzögert|retard", re.I)
_AWAY = re.compile(
    r"out.of.(the.)?office|auto.?reply|auto(matic|mated|matische|matisch)?.?(response|reply|answer"
    r"|antwort)|away from|on vacation|vacation (reply|response|notice)|abwesen|absence|ausser haus"
    r"|nicht im (büro|hause)|r.ponse automatique|fuori (sede|ufficio)|fuera de (la )?oficina"
    r"|respuesta autom|afwezig|自动回复|自動回覆|自動回復|自動応答|不在|休假|外出|poissaolo"
    r"|frånvaro|nieobecno|自动答复|auto.?response",
    re.I,
)
_SES = re.compile(r'\\?"notificationType\\?"\s*:\s*\\?"(\w+)')
_OF_SES = {"Bounce": Sort.BOUNCE, "Complaint": Sort.COMPLAINT}
_TEMPORARY = re.compile(r"^\s*action:\s*delayed", re.I | re.M)
_FAILED = re.compile(r"^\s*(action:\s*failed|status:\s*[45]\.\d)", re.I | re.M)


def sort_of(message: Message, body: str) -> Kept:
    """What the mail is; `body` is the first of its text, for reports that have no headers."""
    for look in (_report, _marked, _returned, _replies, _lists):
        found = look(message, body)
        if found is not None:
            return found
    return Kept(Sort.PERSON)


def _report(message: Message, body: str) -> Kept | None:
    """RFC 3464, RFC 5965: a report says what it is."""
    kinds = {part.get_content_type() for part in message.walk()}
    if "message/feedback-report" in kinds:
        return Kept(Sort.COMPLAINT, "message/feedback-report")
    if "message/delivery-status" in kinds:
        told = status_of(message)
        is_late = _TEMPORARY.search(told) and not _FAILED.search(told.replace("4.", "x."))
        return Kept(Sort.DELAYED if is_late else Sort.BOUNCE, "message/delivery-status")
    if "message/disposition-notification" in kinds:
        return Kept(Sort.AUTOMATIC, "message/disposition-notification")
    if str(message.get_param("report-type") or "").lower() == "delivery-status":
        return Kept(Sort.BOUNCE, "report-type")
    return None


def _marked(message: Message, body: str) -> Kept | None:
    """Reports that large hosts write in a way of their own."""
    if headers.get(message, "X-Failed-Recipients"):
        return Kept(Sort.BOUNCE, "X-Failed-Recipients")
    if headers.get(message, "Subject").lower().startswith("complaint about message from "):
        return Kept(Sort.COMPLAINT, "Subject")  # the feedback loop of Outlook.com
    told = _SES.search(body[:4000])
    if told and "sns.amazonaws.com" in headers.get(message, "From"):
        return Kept(_OF_SES.get(told[1], Sort.AUTOMATIC), "notificationType")
    return None


def status_of(message: Message) -> str:
    """What the parts of a delivery report say, as text."""
    told = []
    for part in message.walk():
        if part.get_content_type() == "message/delivery-status":
            inner = part.get_payload()
            blocks = inner if isinstance(inner, list) else [inner]
            told += [str(block) for block in blocks]
    return "\n".join(told)


def _returned(message: Message, body: str) -> Kept | None:
    """Older programs: nobody's return path or a daemon's name, with words that say so."""
    paths = headers.raw_of(message, "Return-Path")
    is_nobodys = any(path.strip() in ("<>", "") for path in paths)
    sender = " ".join(headers.raw_of(message, "From"))
    people = headers.addresses([sender])
    local = people[0].email.split("@")[0] if people else sender.strip()
    said = headers.get(message, "Subject")
    is_daemon = bool(_DAEMON.match(local)) or "mailer-daemon" in sender.lower()
    is_told = bool(_UNDELIVERED.search(said))
    if is_nobodys and _AWAY.search(said):
        return None
    if (is_daemon and (is_told or is_nobodys or _said_in(body))) or (is_nobodys and is_told):
        is_late = _DELAYED.search(said) and not _FAILED.search(body)
        return Kept(Sort.DELAYED if is_late else Sort.BOUNCE, "From, Return-Path, Subject")
    return None


def _said_in(body: str) -> bool:
    return bool(
        _UNDELIVERED.search(body[:4000])
        or _FAILED.search(body[:8000])
        or re.search(r"invalid user address|no such user", body[:4000], re.I)
    )


def _replies(message: Message, _body: str) -> Kept | None:
    """RFC 3834, and what programs used before it."""
    said = headers.get(message, "Auto-Submitted").split(";")[0].strip().lower()
    precedence = headers.get(message, "Precedence").strip().lower()
    subject = headers.get(message, "Subject")
    names = ("X-Autoreply", "X-Autorespond", "X-Autoresponse", "X-Auto-Response", "X-Vacation")
    marks = [name for name in names if headers.get(message, name).lower() not in ("", "no")]
    is_away = bool(_AWAY.search(subject))
    if said == "auto-replied" or precedence == "auto_reply" or marks:
        why = marks[0] if marks else "Auto-Submitted, Precedence"
        return Kept(Sort.AWAY if is_away or said == "auto-replied" else Sort.AUTOMATIC, why)
    if is_away and (said not in ("", "no") or _suppresses(message) or precedence in _BULK):
        return Kept(Sort.AWAY, "Subject")
    if said not in ("", "no"):
        return Kept(Sort.AUTOMATIC, "Auto-Submitted")
    if headers.get(message, "X-MLServer") and _UNDELIVERED.search(subject):
        return Kept(Sort.AUTOMATIC, "X-MLServer")
    if is_away and re.match(r"\W*(" + _AWAY.pattern + r")", subject, re.I):
        return Kept(Sort.AWAY, "Subject")
    return None


_BULK = ("bulk", "junk", "list")


def _suppresses(message: Message) -> bool:
    return bool(headers.get(message, "X-Auto-Response-Suppress"))


def wants_no_answers(message: Message) -> bool:
    """X-Auto-Response-Suppress names automatic replies, or all."""
    named = headers.get(message, "X-Auto-Response-Suppress").lower().replace(" ", "").split(",")
    return bool({"all", "autoreply"} & set(named))


def _lists(message: Message, _body: str) -> Kept | None:
    """A list's mail is people's, but nothing of it is answered automatically."""
    for name in ("List-Id", "List-Post", "List-Unsubscribe", "Mailing-List", "X-Mailing-List"):
        if headers.get(message, name):
            return Kept(Sort.LIST, name)
    if headers.get(message, "Precedence").strip().lower() in _BULK:
        return Kept(Sort.LIST, "Precedence")
    return None
