"""What stands in `docs/` is complete: settings, jobs, commands and words."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from types import ModuleType

import pytest
from django.db.models import Choices

from accounts.policy import Role
from desk import words as desk_words
from servicedesk import env
from servicedesk.schedule import SCHEDULE
from tests.architecture.sources import APPS, calls, modules, texts
from tickets.models import Contact, Entry

DOCS = env.BASE_DIR / "docs"
READERS = (
    "os.environ.get", "os.environ.setdefault", "os.getenv", "os.environ.pop", "env.given", "given",
)  # fmt: skip
NOT_OURS = {"TERM", "DJANGO_ALLOW_ASYNC_UNSAFE", "DJANGO_COLORS"}


def _document(name: str) -> str:
    return (DOCS / name).read_text()


def _read_from_the_environment(paths: list[Path]) -> set[str]:
    """Every variable that the code asks the environment for by a literal name."""
    names = set()
    for path in paths:
        for call in calls(path):
            named = call.args[0] if call.args else None
            if isinstance(named, ast.Constant) and ast.unparse(call.func) in READERS:
                names.add(str(named.value))
    return names | set(env.SECRET_VARIABLES.values())


def test_every_setting_is_documented() -> None:
    tests = [path for path in texts() if path.suffix == ".py" and "tests" in path.parts]
    read = _read_from_the_environment([*modules(), *tests]) - NOT_OURS
    assert "SERVICEDESK_DOMAIN" in read
    assert {name for name in read if f"`{name}`" not in _document("settings.md")} == set()


def test_no_setting_is_documented_that_nobody_reads() -> None:
    documented = set(re.findall(r"^\| `([A-Z_]+)` \|", _document("settings.md"), flags=re.M))
    sources = "".join(path.read_text() for path in texts() if path.suffix in (".py", ".toml"))
    sources += (env.BASE_DIR / "Makefile").read_text()
    assert {name for name in documented if name not in sources} == set()


def test_every_beat_entry_is_documented_and_names_a_task() -> None:
    for name in SCHEDULE:
        assert f"`{name}`" in _document("jobs.md"), name
    listed = set(re.findall(r"^\| `([a-z-]+)` \|", _document("jobs.md"), flags=re.M))
    assert listed == set(SCHEDULE)


def test_every_beat_entry_expires_before_it_piles_up() -> None:
    for name, entry in SCHEDULE.items():
        assert entry["options"]["expires"], name  # type: ignore[index]  # a dict of mixed values


def test_every_management_command_is_documented() -> None:
    commands = [
        path.stem
        for app in APPS
        for path in (env.BASE_DIR / app / "management/commands").glob("[!_]*.py")
    ]
    documents = "".join(path.read_text() for path in [*DOCS.rglob("*.md"), *_top_documents()])
    assert commands
    assert [name for name in commands if name not in documents] == []


def _top_documents() -> list[Path]:
    return list(env.BASE_DIR.glob("*.md"))


def test_every_word_people_choose_from_is_in_the_list_of_words() -> None:
    """States, kinds, channels, priorities and roles, as code calls them."""
    words = _document("words.md").lower()
    kinds: list[type[Choices]] = [*_choices_of(desk_words), Contact.Role, Entry.Kind]
    chosen = {str(value) for kind in kinds for value in kind.values}
    chosen |= {str(role) for role in Role}
    assert {word for word in chosen if word.replace("_", " ") not in words} == set()


def _choices_of(module: ModuleType) -> list[type[Choices]]:
    kinds = [kind for kind in vars(module).values() if isinstance(kind, type)]
    return [
        kind for kind in kinds if issubclass(kind, Choices) and kind.__module__ == module.__name__
    ]


@pytest.mark.parametrize("name", ["architecture.md", "words.md", "settings.md", "jobs.md",
                                  "operating.md", "decisions/README.md"])  # fmt: skip
def test_the_document_exists(name: str) -> None:
    assert (DOCS / name).exists()


def test_links_between_documents_lead_somewhere() -> None:
    dead = []
    for path in [*DOCS.rglob("*.md"), *_top_documents()]:
        for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", path.read_text()):
            if not (path.parent / target).exists():
                dead.append(f"{path.name}: {target}")
    assert dead == []
