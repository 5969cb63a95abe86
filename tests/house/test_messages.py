"""Translations are compiled when they are newer than what is read."""

import gettext
import os
from pathlib import Path

import pytest

from servicedesk import messages

PO = """\
msgid ""
msgstr "Content-Type: text/plain; charset=utf-8\\n"

msgid "Customer"
msgstr "{translation}"
"""


@pytest.fixture
def source(tmp_path: Path) -> Path:
    path = tmp_path / "zh_Hans/LC_MESSAGES/django.po"
    path.parent.mkdir(parents=True)
    path.write_text(PO.format(translation="顾客"))
    return path


def read(source: Path) -> str:
    with source.with_suffix(".mo").open("rb") as compiled:
        return gettext.GNUTranslations(compiled).gettext("Customer")


def test_a_new_translation_is_compiled_once(source: Path, tmp_path: Path) -> None:
    assert messages.compile_stale(tmp_path) == 1
    assert messages.compile_stale(tmp_path) == 0
    assert read(source) == "顾客"


def test_a_changed_one_is_compiled_again(source: Path, tmp_path: Path) -> None:
    messages.compile_stale(tmp_path)
    source.write_text(PO.format(translation="客户"))
    later = source.with_suffix(".mo").stat().st_mtime + 10
    os.utime(source, (later, later))

    assert messages.compile_stale(tmp_path) == 1
    assert read(source) == "客户"
