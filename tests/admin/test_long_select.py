"""The select of time zones is written by us: it says what the library's own would say."""

from __future__ import annotations

import re
from typing import Any

import pytest
from unfold.widgets import UnfoldAdminSelectWidget

from accounts.staff_forms import LongSelect

CHOICES = [("", "-----"), ("a", "A & B"), ('"x"', "<i>"), ("Asia/Shanghai", "Asia/Shanghai")]


def _drawn(widget: Any, value: Any) -> str:
    drawn = widget.render("zone", value, {"id": "id_zone", "required": True, "title": "<b>"})
    return re.sub(r"\s+", " ", re.sub(r">\s+<", "><", drawn))


@pytest.mark.parametrize("value", [None, "", "a", '"x"', "Asia/Shanghai", "gone", "</select>"])
def test_a_long_select_is_drawn_as_a_short_one(value: str | None) -> None:
    ours, theirs = LongSelect(choices=CHOICES), UnfoldAdminSelectWidget(choices=CHOICES)
    assert _drawn(ours, value) == _drawn(theirs, value)
    assert _drawn(ours, value).count("<option") == len(CHOICES)
