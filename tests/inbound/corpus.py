"""`make mail-corpus MAILS=folder`: each mail of a folder read, and held against what others expect.

Then each comes in as in real life (`whole`). The folder is the samples' `emails/` (with its
INDEX.tsv), or any folder of raw mails. Exits 1 when a mail breaks its reader or the work on it, is
stuck or lost, or what is promised of bounces is not kept.
"""

from __future__ import annotations

import csv
import os
import sys
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import django

from tests.inbound import chinese, expected
from tickets.inbound.apart import Reader, Unreadable
from tickets.inbound.automatic import Sort
from tickets.inbound.reading import Letter, TooLarge

RECALL = 0.99
NOT_SENT_BY_PEOPLE = {Sort.BOUNCE, Sort.DELAYED, Sort.COMPLAINT, Sort.AWAY, Sort.AUTOMATIC}


@dataclass
class Found:
    """What reading a folder came to."""

    letters: dict[str, Letter] = field(default_factory=dict)
    failed: dict[str, str] = field(default_factory=dict)
    sources: dict[str, str] = field(default_factory=dict)
    tags: dict[str, set[str]] = field(default_factory=dict)
    slowest: float = 0.0


def mails(folder: Path) -> Iterator[tuple[str, str, set[str], Path]]:
    """Name, source, tags and place of every raw mail."""
    index = folder / "INDEX.tsv"
    if not index.exists():
        for path in sorted(one for one in folder.rglob("*") if one.is_file()):
            yield str(path.relative_to(folder)), path.parent.name, set(), path
        return
    with index.open(encoding="utf-8") as rows:
        for row in csv.DictReader(rows, delimiter="\t"):
            if row["kind"] == "mail":
                name = row["path"].split("/", 1)[1]
                yield name, row["source"], set((row["tags"] or "").split(",")), folder / name


def read_all(folder: Path) -> Found:
    """Read each in a process apart."""
    found = Found()
    with Reader() as reader:
        for name, source, tags, path in mails(folder):
            found.sources[name], found.tags[name] = source, tags
            began = time.monotonic()
            try:
                found.letters[name] = reader.read(path.read_bytes())
            except (TooLarge, Unreadable) as problem:
                found.failed[name] = str(problem)
            found.slowest = max(found.slowest, time.monotonic() - began)
    return found


def table(found: Found) -> str:
    """How many of each source are what."""
    counted: Counter[tuple[str, str]] = Counter(
        (found.sources[name], str(one.kept.sort)) for name, one in found.letters.items()
    )
    counted.update((found.sources[name], "failed") for name in found.failed)
    columns = [*map(str, Sort), "failed"]
    lines = ["source".ljust(32) + "".join(str(one).rjust(11) for one in columns)]
    for source in sorted(set(found.sources.values())):
        numbers = (counted[source, one] or "" for one in columns)
        lines.append(source.ljust(32) + "".join(str(one).rjust(11) for one in numbers))
    return "\n".join(lines)


def missed_bounces(found: Found) -> tuple[list[str], int]:
    """Of sisimai's set what was taken for a person's, and how many it has that no person sent."""
    told = [
        name for name, source in found.sources.items()
        if source == "sisimai" and name not in expected.NO_BOUNCES
    ]  # fmt: skip
    return [name for name in told if not _is_automatic(found, name)], len(told)


def wrongly_automatic(found: Found) -> tuple[list[str], int]:
    """People's mails taken for nobody's, and how many mails of people there are."""
    people = [
        name for name, source in found.sources.items()
        if source != "sisimai" and not found.tags[name] & {"bounce", "auto"}
        and name not in expected.NOT_OF_PEOPLE
    ]  # fmt: skip
    return [name for name in people if _is_automatic(found, name)], len(people)


def _is_automatic(found: Found, name: str) -> bool:
    letter = found.letters.get(name)
    return letter is not None and letter.kept.sort in NOT_SENT_BY_PEOPLE


def came_in(folder: Path) -> bool:
    """Print what became of each mail that came in; whether none crashed, is stuck or lost."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "servicedesk.settings")
    django.setup()
    from tests.inbound import whole

    came = whole.through([(name, source, path) for name, source, _tags, path in mails(folder)])
    print(whole.tables(came))
    count = sum(came.counts.values())
    print(
        f"\n{count} came in, {len(came.crashed)} crashed, {came.stuck} stuck, {came.lost} lost,"
        f" {came.files} files kept, slowest {came.slowest:.1f} s, {came.seconds:.0f} s in all\n"
    )
    print("\n".join(f"  crashed: {line}" for line in came.crashed))
    return not (came.crashed or came.stuck or came.lost)


def main(place: str) -> int:
    """Print all of it; 1 when something is not as promised."""
    folder = Path(place)
    is_whole = came_in(folder)
    found = read_all(folder)
    print(table(found))
    print(f"\n{len(found.letters)} read, {len(found.failed)} not, slowest {found.slowest:.1f} s")
    print("\n".join(f"  not read: {name}: {why}" for name, why in found.failed.items()))
    if not (folder / "INDEX.tsv").exists():
        return 1 if found.failed or not is_whole else 0
    missed, bounces = missed_bounces(found)
    wrong, people = wrongly_automatic(found)
    recall = 1 - len(missed) / bounces
    print(f"what no person sent: {bounces - len(missed)} of {bounces} found ({recall:.1%})")
    print("\n".join(f"  missed: {name}" for name in missed))
    print(f"people's mails taken for automatic: {len(wrong)} of {people}")
    print("\n".join(f"  wrongly: {name}" for name in wrong))
    print(expected.trimmed(folder))
    print(chinese.cuts(found.letters))
    differences = expected.differences(folder, found.letters)
    print(f"what zammad expects: {differences.same} of {differences.asked} the same")
    print("\n".join(f"  explained: {line}" for line in differences.explained))
    print("\n".join(f"  otherwise: {line}" for line in differences.told))
    is_read = not (found.failed or wrong or recall < RECALL or differences.told)
    return 0 if is_read and is_whole else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
