"""Where the quotation begins in 48 mails of Chinese programs, read one by one by people.

Of each mail of the samples' ``lore-linux-erofs`` whose text has a Chinese quotation, or only looks
so: the line (from 0) from which on all is quoted, or None where something new follows the last of
it, where nothing is quoted, and of reports that a mail came back.
"""

from __future__ import annotations

from tickets.inbound.reading import Letter

SOURCE = "lore-linux-erofs"

CUTS: dict[str, int | None] = {
    "05f71932eeeeb6a5": None,
    "05f81c4bc7935978": 9,
    "0ae9dba96cb20ccc": 2,
    "10bb5c300f6324e8": 7,
    "113bfe07515241ca": 48,
    "13c62a20fe326d80": None,
    "257959c1aba1b824": 56,
    "2afd431d4a7423ed": None,
    "2beb9403a6b4173c": 7,
    "2c6a42866a5beb0e": 1,
    "323e21069ba44ca4": 50,
    "33ba8ab10a006d05": 28,
    "3797fa7178410af8": 31,
    "38174b15ddf79c8d": None,
    "419a65067b38bb89": 11,
    "44d0ed2bab11fdbc": 11,
    "4b38b08763177389": 40,
    "4e1e662a5adde8e8": 6,
    "5136c8094eed7091": 24,
    "5b4cfb10fc62a20a": 38,
    "6591f7d643a95dc7": 27,
    "6a5a0646541689f3": 15,
    "6b8956558bbe1935": None,
    "6f5a885cde21ca3a": None,
    "7160d34c1fa571e3": 19,
    "75b1cb54eabe32c7": 7,
    "79fb43665091d993": None,
    "7bb55cb62ccbd59f": None,
    "8307d303c553a63b": None,
    "94a6d59a5a96f5f0": None,
    "9d832fef9594388b": None,
    "a5d8cfe01c81b788": 45,
    "ace36e7d53c66d11": 16,
    "add8def1385b167a": 148,
    "b0ce7057b9b00ce3": 30,
    "b2fa10c64d817f95": 18,
    "b3b16ac4cae343e7": None,
    "b8d210a566cec9d8": 8,
    "b9366b6e86b7f88f": 29,
    "c2454c15d3cc7bf1": 13,
    "cd4cdb5452b31edb": None,
    "cfc55284ab0c954d": 10,
    "dd8991475c27ac04": 43,
    "df87dca519371776": 6,
    "e631f00fe00711bd": 25,
    "e831176456b9275d": 62,
    "e9f24e1301886326": 48,
    "f962b5f17a93486e": 21,
}


def cuts(letters: dict[str, Letter]) -> str:
    """How often we cut where people do, and precision and recall of the lines where we cut."""
    read = {name: letters.get(f"{SOURCE}/{name}.eml") for name in CUTS}
    found = {name: _cut(letter) for name, letter in read.items() if letter}
    wanted = {name: CUTS[name] for name in found}
    same = [name for name, line in wanted.items() if found[name] == line]
    ours = sum(line is not None for line in found.values())
    theirs = sum(line is not None for line in wanted.values())
    right = sum(wanted[name] is not None for name in same)
    told = "".join(
        f"\n  otherwise: {name} is cut at {found[name]}, people cut at {line}"
        for name, line in wanted.items()
        if found[name] != line
    )
    return (
        f"Chinese quotations: {len(same)} of {len(wanted)} mails as people cut them; of the lines"
        f" precision {right / max(ours, 1):.1%}, recall {right / max(theirs, 1):.1%}{told}"
    )


def _cut(letter: Letter) -> int | None:
    """The line of the text from which on all is quoted; None where nothing is."""
    if not letter.quoted:
        return None
    lines, quoted = letter.text.split("\n"), letter.quoted.split("\n")
    return next(at for at in range(len(lines), -1, -1) if lines[at : at + len(quoted)] == quoted)
