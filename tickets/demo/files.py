"""The files that a few steps of the demo carry: made when asked for, none is stored here."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from PIL import Image, ImageDraw, ImageFont

from accounts import csv_rows

Box = tuple[int, int, int, int]
INK, PAPER, LINE, ALARM = "#1d2433", "#ffffff", "#c8cfdb", "#b3261e"


@dataclass(frozen=True, slots=True)
class GeneratedFile:
    """A file as it would have been uploaded."""

    filename: str
    content_type: str
    content: bytes


def generated(name: str) -> GeneratedFile:
    """Make the file of that name; the same bytes each time. KeyError for an unknown name."""
    content_type = "image/png" if name.endswith(".png") else "text/csv"
    return GeneratedFile(filename=name, content_type=content_type, content=GENERATED[name]())


def _table(rows: Iterable[Sequence[csv_rows.Value]]) -> bytes:
    return "".join(csv_rows.lines(rows, is_for_excel=True)).encode()


def _camt_extract() -> bytes:
    head = ("line", "booked", "amount", "currency", "reference")
    rows = (
        (line, "2026-11-11", f"{(line * 7919) % 90000 / 100:.2f}", "EUR", f"INV-2026-{line}")
        for line in range(1990, 2013)
    )
    return _table([head, *rows])


def _month_end() -> bytes:
    names = ("主营业务收入", "主营业务成本", "销售费用", "管理费用", "研发费用", "财务费用")
    return _table([("科目", "名称", "金额"), *((6001 + i, n, "") for i, n in enumerate(names))])


def _till_day() -> bytes:
    head = ("shop", "till", "receipt", "article", "group", "net", "vat", "code")
    rows = (
        ("Bergen", 1 + line % 3, 40200 + line, 7000 + line, "food" if line % 2 else "home",
         f"{19.9 + line:.2f}", "25", 3 if line % 2 else 1)
        for line in range(18)
    )  # fmt: skip
    return _table([head, *rows])


def _supplier_statement() -> bytes:
    rows = (
        ("RK-5120", "2026-11-02", "入库", "52300.00"),
        ("RK-5133", "2026-11-05", "入库", "18750.00"),
        ("RK-5141", "2026-11-12", "入库", "9420.00"),
    )
    return _table([("单号", "日期", "类型", "金额"), *rows])


def _window(
    title: str, *, size: tuple[int, int] = (960, 540)
) -> tuple[Image.Image, ImageDraw.ImageDraw]:
    picture = Image.new("RGB", size, PAPER)
    draw = ImageDraw.Draw(picture)
    draw.rectangle((0, 0, size[0], 52), fill="#24406b")
    draw.text((20, 14), title, fill=PAPER, font=ImageFont.load_default(20))
    return picture, draw


def _write(draw: ImageDraw.ImageDraw, at: tuple[int, int], text: str, *, fill: str = INK) -> None:
    draw.text(at, text, fill=fill, font=ImageFont.load_default(18))


def _png(picture: Image.Image) -> bytes:
    stream = io.BytesIO()
    picture.save(stream, format="PNG", optimize=True)
    return stream.getvalue()


def _invoice_header() -> bytes:
    picture, draw = _window("Invoice 2026-10-3381.pdf")
    draw.rectangle((60, 90, 900, 500), outline=LINE, width=2)
    _write(draw, (90, 115), "Harbor Logistics B.V.")
    _write(draw, (90, 145), "Waalhaven 14, Rotterdam", fill="#5b6577")
    for row in range(5):
        draw.line((90, 220 + row * 36, 870, 220 + row * 36), fill=LINE, width=1)
    draw.rectangle((80, 440, 420, 480), outline=ALARM, width=3)
    _write(draw, (90, 448), "Harbor Shipping N.V. - page 1 of 1")
    return _png(picture)


def _slow_list() -> bytes:
    picture, draw = _window("Tidewell - Orders")
    for row in range(9):
        top = 90 + row * 44
        draw.rectangle((40, top, 920, top + 30), fill="#eef1f6")
    draw.rectangle((330, 220, 640, 330), fill=PAPER, outline=LINE, width=2)
    _write(draw, (395, 245), "Loading orders ...")
    _write(draw, (420, 285), "00:20.4 s", fill=ALARM)
    return _png(picture)


def _two_totals() -> bytes:
    picture, draw = _window("PO-11820")
    for left, device, total in ((60, "Desktop", "186,400.00"), (520, "Phone", "168,400.00")):
        draw.rectangle((left, 100, left + 380, 480), outline=LINE, width=2)
        _write(draw, (left + 30, 125), device, fill="#5b6577")
        for row in range(4):
            draw.rectangle((left + 30, 175 + row * 50, left + 350, 200 + row * 50), fill="#eef1f6")
        _write(draw, (left + 30, 420), f"Total  {total}", fill=ALARM)
    return _png(picture)


GENERATED: dict[str, Callable[[], bytes]] = {
    "camt-extract.csv": _camt_extract,
    "month-end.csv": _month_end,
    "till-day.csv": _till_day,
    "supplier-statement.csv": _supplier_statement,
    "invoice-header.png": _invoice_header,
    "slow-list.png": _slow_list,
    "two-totals.png": _two_totals,
}
