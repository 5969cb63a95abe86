"""File names nobody is fooled by, types nobody claims, pictures with nothing behind them."""

import io
import struct
import zlib
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from tickets import files
from tickets.files import (
    FileEmpty,
    FileIsProgram,
    FileTooLarge,
    PictureTooLarge,
    check,
    content_type,
    reencode,
    safe_name,
)

SCRIPT = b"<script>alert(1)</script>"


def picture(
    kind: str, size: tuple[int, int] = (40, 30), mode: str = "RGB", **options: object
) -> bytes:
    stream = io.BytesIO()
    Image.new(mode, size, "red" if mode != "RGBA" else (255, 0, 0, 0)).save(stream, kind, **options)
    return stream.getvalue()


def opened(content: bytes) -> Image.Image:
    image = Image.open(io.BytesIO(content))
    image.load()
    return image


def moving(frames: int, kind: str = "GIF") -> bytes:
    stream = io.BytesIO()
    shades = [Image.new("RGB", (20, 20), (n * 7 % 256, 0, 0)) for n in range(frames)]
    shades[0].save(stream, kind, save_all=True, append_images=shades[1:], duration=70)
    return stream.getvalue()


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("report.pdf", "report.pdf"),
        ("三月 发票.pdf", "三月 发票.pdf"),
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\Uma\\screen.png", "screen.png"),
        ("folder/", "folder"),
        ("a\x00b\r\n.txt", "ab.txt"),
        ("invoice\u202efdp.exe", "invoicefdp.exe"),
        ('a<b>:"|?*.txt', "ab.txt"),
        ("CON", "_CON"),
        ("nul.txt", "_nul.txt"),
        ("com1.tar.gz", "_com1.tar.gz"),
        ("console.txt", "console.txt"),
        (".htaccess", "htaccess"),
        ("trailing. . ", "trailing"),
        ("", "file"),
        ("...", "file"),
        ("/", "file"),
    ],
)
def test_a_name_is_made_safe(name: str, safe: str) -> None:
    assert safe_name(name) == safe


def test_a_long_name_keeps_its_extension() -> None:
    assert safe_name("发" * 400 + ".docx") == "发" * 145 + ".docx"


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=300))
def test_any_name_is_made_safe_once_and_for_all(name: str) -> None:
    safe = safe_name(name)

    assert 0 < len(safe) <= files.MAX_NAME
    assert not set(safe) & set('/\\<>:"|?*\x00\n\r\t')
    assert safe_name(safe) == safe
    safe.encode()


def test_what_nobody_could_want_is_refused_by_name() -> None:
    with pytest.raises(FileEmpty):
        check("a.txt", b"")
    with pytest.raises(FileTooLarge):
        check("a.txt", b"x" * (files.MAX_BYTES + 1))
    for name, content in [
        ("setup.exe", b"x"), ("SETUP.EXE. ", b"x"), ("a.pdf.scr", b"x"), ("a.txt", b"MZ\x90\x00"),
        ("tool", b"\x7fELF\x02"),
    ]:  # fmt: skip
        with pytest.raises(FileIsProgram):
            check(name, content)
    check("a.txt", b"x" * files.MAX_BYTES)


@pytest.mark.parametrize(
    ("name", "content", "expected"),
    [
        ("a.png", picture("PNG"), "image/png"),
        ("a.html", picture("JPEG"), "image/jpeg"),
        ("a.pdf", b"%PDF-1.7\n", "application/pdf"),
        ("a.csv", "a,b\n三,四".encode(), "text/csv"),
        ("a.log", b"line\n", "text/plain"),
        ("a.log", b"\x00\x01", files.OTHER_TYPE),
        ("a.html", b"<!doctype html>" + SCRIPT, files.OTHER_TYPE),
        ("a.svg", b"<svg xmlns='http://www.w3.org/2000/svg'>" + SCRIPT, files.OTHER_TYPE),
        ("a.png", SCRIPT, files.OTHER_TYPE),
        ("a.js", b"alert(1)", files.OTHER_TYPE),
        ("a", b"", files.OTHER_TYPE),
    ],
)
def test_the_type_is_what_the_bytes_say(name: str, content: bytes, expected: str) -> None:
    assert content_type(content, name) == expected


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "GIF", "WEBP"])
def test_a_picture_is_drawn_again_in_its_own_format(kind: str) -> None:
    again = reencode(picture(kind, (1000, 400)) + SCRIPT)

    assert again is not None
    assert opened(again.full).format == kind
    assert (again.width, again.height) == opened(again.full).size == (1000, 400)
    assert opened(again.thumbnail).size == (480, 192)
    assert opened(again.thumbnail).format == "WEBP"
    assert b"script" not in again.full + again.thumbnail


def test_a_polyglot_comes_out_as_a_picture_only() -> None:
    gif = bytearray(picture("GIF", (0x2F2A, 1)))  # its width reads /*
    assert gif[6:8] == b"*/"

    again = reencode(bytes(gif) + b"*/=1;alert(1)//")

    assert again is not None
    assert b"alert" not in again.full


def test_a_photo_is_turned_as_the_camera_says_and_forgets_where_it_was() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # turned by a quarter
    exif[0x010F] = "Secret camera"

    again = reencode(picture("JPEG", (40, 30), exif=exif.tobytes(), comment=b"secret"))

    assert again is not None
    assert (again.width, again.height) == (30, 40)
    assert not opened(again.full).getexif()
    assert b"ecret" not in again.full


def test_holes_in_a_picture_stay_holes() -> None:
    again = reencode(picture("PNG", mode="RGBA"))

    assert again is not None
    assert opened(again.full).mode == opened(again.thumbnail).mode == "RGBA"


@pytest.mark.parametrize("mode", ["1", "L", "P", "I;16", "CMYK"])
def test_pictures_of_other_colours_are_shown_too(mode: str) -> None:
    kind = "JPEG" if mode == "CMYK" else "PNG"
    stream = io.BytesIO()
    Image.new(mode, (20, 20)).save(stream, kind)

    assert reencode(stream.getvalue()) is not None


@pytest.mark.parametrize("kind", ["GIF", "WEBP"])
def test_a_moving_picture_keeps_moving(kind: str) -> None:
    again = reencode(moving(5, kind))

    assert again is not None
    assert getattr(opened(again.full), "n_frames", 1) == 5


def test_a_picture_that_moves_too_long_stands_still() -> None:
    again = reencode(moving(files.MAX_FRAMES + 1))

    assert again is not None
    assert getattr(opened(again.full), "n_frames", 1) == 1


def bomb(width: int, height: int) -> bytes:
    """A PNG that says it is so large, in a hundred bytes."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        body = kind + content
        return struct.pack(">I", len(content)) + body + struct.pack(">I", zlib.crc32(body))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(b""))
        + chunk(b"IEND", b"")
    )


@pytest.mark.parametrize("size", [(10_000, 5_001), (12_000, 12_000), (60_000, 60_000)])
def test_a_picture_too_large_is_refused_before_it_is_decoded(size: tuple[int, int]) -> None:
    with pytest.raises(PictureTooLarge):
        reencode(bomb(*size))


def cut(content: bytes) -> bytes:
    return content[: len(content) // 2]


@pytest.mark.parametrize(
    "content",
    [b"", b"x", SCRIPT, b"<svg/>", b"GIF89a", b"%PDF-1.7", picture("BMP"), picture("TIFF"),
     cut(picture("PNG")), cut(picture("JPEG")), bomb(10, 10)],
)  # fmt: skip
def test_what_is_no_picture_is_just_a_file(content: bytes) -> None:
    assert reencode(content) is None


@settings(max_examples=60, deadline=None)
@given(
    kind=st.sampled_from(["PNG", "JPEG", "GIF", "WEBP"]),
    at=st.integers(0, 400),
    byte=st.integers(0, 255),
)
def test_a_broken_picture_never_raises_anything_else(kind: str, at: int, byte: int) -> None:
    content = bytearray(picture(kind))
    content[at % len(content)] = byte

    with suppress(PictureTooLarge):
        reencode(bytes(content))
