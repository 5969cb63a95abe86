"""Translations: `locale/*/LC_MESSAGES/*.po` is what we write, the `.mo` beside it what is read.

Compiled with Babel, so that running needs no gettext; collecting new texts does.
"""

import shutil
import subprocess
import sys
from pathlib import Path

from servicedesk import env

LOCALE = env.BASE_DIR / "locale"
LOCALES = ("zh_Hans",)
NO_GETTEXT = """\
Collecting texts needs GNU gettext (compiling does not).
  Debian, Ubuntu: apt-get install gettext    macOS: brew install gettext"""


def stale(locale: Path = LOCALE) -> list[Path]:
    """The translations that were written after they were compiled."""
    return [
        source
        for source in sorted(locale.glob("*/LC_MESSAGES/*.po"))
        if not (compiled := source.with_suffix(".mo")).exists()
        or compiled.stat().st_mtime < source.stat().st_mtime
    ]


def compile_stale(locale: Path = LOCALE) -> int:
    """Compile what is stale; a reader never sees half a file. Returns how many there were."""
    from babel.messages.mofile import write_mo  # here: the second start needs no Babel
    from babel.messages.pofile import read_po

    sources = stale(locale)
    for source in sources:
        with source.open("rb") as opened:
            catalog = read_po(opened, locale=source.parent.parent.name, abort_invalid=True)
        draft = source.with_suffix(".mo.draft")
        with draft.open("wb") as opened:
            write_mo(opened, catalog)
        draft.replace(source.with_suffix(".mo"))
    return len(sources)


def collect() -> None:
    """Bring the .po files up to date with the texts in code and templates."""
    if not shutil.which("xgettext"):
        sys.exit(NO_GETTEXT)
    names = [word for locale in LOCALES for word in ("--locale", locale)]
    subprocess.run(
        [
            *(sys.executable, str(env.BASE_DIR / "manage.py"), "makemessages", *names),
            *("--no-location", "--no-wrap", "--ignore", "var/*", "--ignore", "tests/*"),
        ],
        cwd=env.BASE_DIR,
        check=True,
    )


if __name__ == "__main__":
    if "collect" in sys.argv:
        collect()
    print(f"{compile_stale()} compiled")
