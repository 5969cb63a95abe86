"""Files people attach: what they may be called, what they are, and pictures made safe to show.

No Django and no disk in here. Whatever is not a picture we drew again ourselves is for download.
"""

import io
import re
import unicodedata
import warnings
from contextlib import closing, nullcontext
from itertools import islice
from pathlib import PurePosixPath
from threading import Lock
from typing import Any, NamedTuple, cast

import filetype
from PIL import Image, ImageOps, ImageSequence

MAX_FILES = 10
MAX_BYTES = 25 * 1024 * 1024
MAX_PIXELS = 50_000_000  # of a picture, and of all frames of a moving one
MAX_FRAMES = 500
MAX_NAME = 150
THUMBNAIL_SIDE = 480
THUMBNAIL_TYPE = "image/webp"
OTHER_TYPE = "application/octet-stream"

# Never told by its name alone: the first bytes say so.
_SNIFFED = {
    "application/gzip", "application/msword", "application/pdf", "application/vnd.ms-excel",
    "application/vnd.ms-powerpoint", "application/x-7z-compressed", "application/zip",
    "application/vnd.openxmlformats-officedocument.presentationml.presentation",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "audio/mpeg", "audio/ogg", "audio/x-wav", "image/gif", "image/jpeg", "image/png", "image/webp",
    "video/mp4", "video/quicktime", "video/webm",
}  # fmt: skip
# Text has no first bytes; these names may be shown as text when they hold nothing else.
_TEXT = {".csv": "text/csv", ".log": "text/plain", ".md": "text/plain", ".txt": "text/plain"}
_PROGRAMS = {
    ".app", ".bat", ".cmd", ".com", ".cpl", ".dll", ".exe", ".hta", ".jar", ".jse", ".lnk", ".msc",
    ".msi", ".pif", ".ps1", ".reg", ".scr", ".vbe", ".vbs", ".wsf", ".wsh",
}  # fmt: skip
_PROGRAM_STARTS = (b"MZ", b"\x7fELF", b"\xcf\xfa\xed\xfe", b"\xce\xfa\xed\xfe")
_PICTURES = ("GIF", "JPEG", "PNG", "WEBP")
_ORIENTATION = 0x0112
# Quickly written: more effort takes up to four times as long and saves a tenth at most.
_SAVING: dict[str, dict[str, Any]] = {
    "JPEG": {"quality": 90},
    "PNG": {"compress_level": 1},
    "WEBP": {"quality": 90, "method": 0},
}
SMALL = 8_000_000  # pixels; pictures over it are drawn one at a time in a process, for its memory
_LARGE = Lock()
# glibc gives blocks of over 32 MiB back to the system at once, smaller ones it may keep.
cast(Any, Image).core.set_block_size(64 * 1024 * 1024)

_NOT_IN_A_NAME = re.compile(
    r'[\x00-\x1f\x7f-\x9f<>:"|?*\u200b-\u200f\u2028-\u202e\u2060-\u206f]'
    r"|[\ufeff\ufff9-\uffff\ud800-\udfff]"
)
_RESERVED = re.compile(r"(?:con|prn|aux|nul|conin\$|conout\$|(?:com|lpt)[0-9¹²³])", re.I)


class FileRefused(ValueError):
    """We don't take this file."""


class FileEmpty(FileRefused):
    """There is nothing in it. Choose it again."""


class FileTooLarge(FileRefused):
    """Over 25 MiB. Compress it, or send a link."""


class FileIsProgram(FileRefused):
    """A program would run on whoever opens it. Put it into a .zip."""


class PictureTooLarge(FileRefused):
    """Over 50 million pixels. Make it smaller."""


class Picture(NamedTuple):
    """A picture drawn again: nothing of the file it came from is in it but what one sees.

    `full` has the format of the original, so its name stays true; `thumbnail` is WebP, no side
    over 480 pixels.
    """

    full: bytes
    thumbnail: bytes
    width: int
    height: int


def safe_name(name: str) -> str:
    """A name any system can store and nobody is fooled by, with its extension; never empty.

    Folders, control and direction marks and characters Windows refuses go; letters of all
    languages stay. At most 150 characters.
    """
    name = unicodedata.normalize("NFC", re.split(r"[/\\]", name.rstrip("/\\ "))[-1])
    name = " ".join(_NOT_IN_A_NAME.sub("", name.replace("\t", " ").replace("\n", " ")).split())
    name = name.strip(". ") or "file"
    if _RESERVED.fullmatch(name.split(".")[0].strip()):
        name = f"_{name}"
    extension = _extension(name)
    stem = name[: len(name) - len(extension)]
    return stem[: MAX_NAME - len(extension)].rstrip(". ") + extension


def check(name: str, content: bytes) -> None:
    """Raise the `FileRefused` that says why we don't take this file, if we don't."""
    if not content:
        raise FileEmpty(name)
    if len(content) > MAX_BYTES:
        raise FileTooLarge(name)
    if _extension(safe_name(name)).lower() in _PROGRAMS or content.startswith(_PROGRAM_STARTS):
        raise FileIsProgram(name)


def content_type(content: bytes, name: str = "") -> str:
    """What it is by its first bytes, if that is on our list; what the sender says counts nothing.

    Text only by name and content together; everything else is `application/octet-stream`.
    """
    kind = filetype.guess(content[:8192])
    if kind is not None:
        return kind.mime if kind.mime in _SNIFFED else OTHER_TYPE
    text = _TEXT.get(_extension(name).lower())
    return text if text and _is_text(content) else OTHER_TYPE


def reencode(content: bytes) -> Picture | None:
    """The picture drawn again and its thumbnail; None when it is no PNG, JPEG, GIF or WebP.

    Turned as its camera says, then without metadata. A moving picture keeps moving up to 500 frames
    and 50 million pixels in all; beyond, its first frame is kept. Raises `PictureTooLarge` before
    decoding.
    """
    try:
        with warnings.catch_warnings():
            # Between a warning and an error of Pillow's own lies our limit.
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(content), formats=_PICTURES) as opened:
                return _drawn_again(opened)
    except Image.DecompressionBombError as bomb:
        raise PictureTooLarge("far too many pixels") from bomb
    except PictureTooLarge:
        raise
    except (OSError, ValueError, SyntaxError, TypeError, LookupError, ArithmeticError, EOFError):
        return None  # broken, or only pretending: it is a file like any other


def _drawn_again(opened: Image.Image) -> Picture:
    pixels = opened.width * opened.height
    if pixels > MAX_PIXELS:
        raise PictureTooLarge(f"{opened.width} × {opened.height} pixels")
    with _LARGE if pixels > SMALL else nullcontext(), closing(opened):
        return _drawn(opened)


def _drawn(opened: Image.Image) -> Picture:
    kind = opened.format or "PNG"
    frames, durations = _frames(opened)
    first = frames[0]
    small = _small(first)
    options = dict(_SAVING.get(kind, {}))
    if len(frames) > 1:
        options |= {"save_all": True, "append_images": frames[1:], "duration": durations, "loop": 0}
    full, thumbnail = _saved(first, kind, **options), _saved(small, "WEBP", quality=80)
    return Picture(full, thumbnail, first.width, first.height)


def _frames(opened: Image.Image) -> tuple[list[Image.Image], list[int]]:
    """Every frame with its milliseconds; only the first when there are too many."""
    frames, durations = [_seen(opened)], [_milliseconds(opened)]
    if opened.format not in ("GIF", "WEBP"):
        return frames, durations
    most = min(MAX_FRAMES, MAX_PIXELS // (opened.width * opened.height))
    for frame in islice(ImageSequence.Iterator(opened), 1, None):
        if len(frames) >= most:
            return frames[:1], durations[:1]
        frames.append(_seen(frame))
        durations.append(_milliseconds(frame))
    return frames, durations


def _small(picture: Image.Image) -> Image.Image:
    """The thumbnail: first by whole numbers and in strips, so that no large copy is made."""
    by = max(1, min(picture.width, picture.height) // (2 * THUMBNAIL_SIDE))
    width, height = picture.size
    small = Image.new(picture.mode, (-(-width // by), -(-height // by)))
    for top in range(0, height, 64 * by):
        strip = picture.crop((0, top, width, min(top + 64 * by, height)))
        small.paste(strip.reduce(by), (0, top // by))
    small.thumbnail((THUMBNAIL_SIDE, THUMBNAIL_SIDE), Image.Resampling.LANCZOS)
    return small


def _seen(frame: Image.Image) -> Image.Image:
    """What one sees of a frame, and nothing else: no profile, comment or place travels on.

    Each copy of 50 million pixels takes 200 MB: none is made that is not needed.
    """
    is_turned = frame.getexif().get(_ORIENTATION, 1) != 1
    turned = ImageOps.exif_transpose(frame) if is_turned else frame
    has_holes = frame.format != "JPEG" and turned.has_transparency_data
    mode = "RGBA" if has_holes else "RGB"
    moves = getattr(frame, "n_frames", 1) > 1
    seen = turned.convert(mode) if moves or turned.mode != mode else turned
    seen.load()  # it reads what stands in `info`
    seen.info.clear()
    return seen


def _milliseconds(frame: Image.Image) -> int:
    return int(frame.info.get("duration") or 100)


def _saved(picture: Image.Image, kind: str, **options: Any) -> bytes:
    stream = io.BytesIO()
    picture.save(stream, kind, **options)
    return stream.getvalue()


def _is_text(content: bytes) -> bool:
    if b"\x00" in content:
        return False
    try:
        content.decode()
    except UnicodeDecodeError:
        return False
    return True


def _extension(name: str) -> str:
    """With its dot, at most 20 characters: `.gz` of `log.tar.gz`, nothing of `v1. the rest`."""
    suffix = PurePosixPath(name).suffix
    return suffix if len(suffix) <= 20 and " " not in suffix else ""
