"""What others expect of the samples: Zammad of its mails, discourse of its replies."""

from __future__ import annotations

import unicodedata
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from tickets.inbound.quoting import cut
from tickets.inbound.reading import Letter

NO_BOUNCES = {
    "sisimai/maildir/not/is-not-bounce-01.eml": "its name says so",
    "sisimai/maildir/not/is-not-bounce-02.eml": "its name says so",
}
NOT_OF_PEOPLE = {
    "zammad/mail/mail089.box": "a program's, it says Auto-Submitted",
}


EXPLAINED = {
    ("mail017", "subject"): "cut to the 200 letters that a subject has with us",
    ("mail019", "from"): "its From has no address: Sender and Return-Path name no author",
    ("mail025", "files"): "a file that Zammad leaves out of an alternative; we keep it",
    ("mail035", "from"): "the quotes are no part of the address",
    ("mail053", "from"): "MAILER-DAEMON is no address",
    ("mail053", "from name"): "without an address nobody is named",
    ("mail053", "files"): "called by its own description",
    ("mail071", "from"): "words before the address are no part of it",
    ("mail085", "files"): "further HTML parts are shown with the first, not kept as files",
    ("mail087", "from"): "words before the address are no part of it",
    ("mail087", "from name"): "words without quotes are not taken for a name",
    ("mail087", "files"): "the text of a fax report is shown, not kept as a file",
}
"""Where we read a mail otherwise than Zammad, and why."""


class Ruby(yaml.SafeLoader):
    """YAML that names Ruby's classes, read as plain mappings."""


Ruby.add_multi_constructor("!ruby/", lambda loader, _tag, node: _plain(loader, node))
Ruby.add_constructor("!binary", lambda loader, node: node.value)


def _plain(loader: Any, node: yaml.Node) -> Any:
    if isinstance(node, yaml.MappingNode):
        return loader.construct_mapping(node, deep=True)
    return loader.construct_object(node) if isinstance(node, yaml.SequenceNode) else node.value


@dataclass
class Differences:
    """How many things were asked, how many are the same, and the others in words."""

    asked: int = 0
    same: int = 0
    told: list[str] = field(default_factory=list)
    explained: list[str] = field(default_factory=list)

    def ask(self, name: str, what: str, wanted: Any, found: Any) -> None:
        """Count one comparison."""
        self.asked += 1
        if wanted == found:
            self.same += 1
        elif why := EXPLAINED.get((Path(name).stem, what)):
            self.explained.append(f"{name}: {what}: {why}")
        else:
            self.told.append(f"{name}: {what}: expects {wanted!r}, found {found!r}"[:300])


def differences(folder: Path, letters: dict[str, Letter]) -> Differences:
    """Sender, subject and names of files, mail by mail."""
    found = Differences()
    for path in sorted((folder / "zammad/mail").glob("*.yml")):
        name = f"zammad/mail/{path.stem}.box"
        wanted = yaml.load(path.read_text("utf-8"), Loader=Ruby)  # noqa: S506  a SafeLoader
        letter = letters.get(name)
        if letter is None:
            found.ask(name, "is read", True, False)
            continue
        email = letter.author.email if letter.author else None
        found.ask(name, "from", str(wanted["from_email"] or "").lower() or None, email)
        found.ask(name, "from name", _line(wanted["from_display_name"]), _line(
            letter.author.name if letter.author else ""))  # fmt: skip
        found.ask(name, "subject", _line(wanted["subject"]), _line(letter.subject))
        files = Counter(_file(one) for one in wanted["attachments"] or ())
        found.ask(
            name, "files", _listed(files), _listed(Counter(_line(f.name) for f in letter.files))
        )
    return found


def _file(one: dict[str, Any]) -> str:
    return _line(one.get("filename") or one.get(":filename") or "")


def _listed(names: Counter[str]) -> list[str]:
    return sorted(name for name in names.elements() if name not in ("message.html",))


def _line(value: object) -> str:
    return " ".join(unicodedata.normalize("NFC", str(value or "")).split())


def trimmed(folder: Path) -> str:
    """Of the lines that discourse folds how many we fold, and of ours how many it does."""
    same = ours = theirs = whole = count = 0
    base = folder / "discourse-email_reply_trimmer"
    for path in sorted((base / "emails").glob("*.txt")):
        said = cut(path.read_text("utf-8", "replace").replace("\r\n", "\n"))
        wanted = Counter(_lines((base / "elided" / path.name).read_text("utf-8", "replace")))
        found = Counter(_lines(said.quoted))
        same += sum((wanted & found).values())
        ours += sum(found.values())
        theirs += sum(wanted.values())
        kept = _lines((base / "trimmed" / path.name).read_text("utf-8", "replace"))
        whole += _lines(said.reply) == kept
        count += 1
    return (
        f"quotations: precision {same / max(ours, 1):.1%}, recall {same / max(theirs, 1):.1%} of"
        f" lines; {whole} of {count} cut at the same line (signatures stay, as they say who writes)"
    )


def _lines(text: str) -> list[str]:
    return [" ".join(line.split()) for line in text.splitlines() if line.strip()]
