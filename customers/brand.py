"""A customer's colour, moved until it can be read.

Any colour comes in; what leaves keeps its hue and is legible as text on our surfaces and as a
surface under text: at least 4.6:1 in the light theme and 5:1 in the dark one (WCAG 2.2 AA is 4.5).
"""

import colorsys
import re
from functools import lru_cache
from typing import NamedTuple

LIGHT_SURFACE, DARK_SURFACE = "#eceff3", "#1c2530"  # the least favourable page of each theme
LIGHT_RATIO, DARK_RATIO = 4.6, 5.0
WHITE, NEAR_BLACK = "#ffffff", "#0f141b"
_STEPS = 200
_HEX = re.compile(r"#?([0-9a-f]{3}|[0-9a-f]{6})", re.IGNORECASE)

_Channels = tuple[float, float, float]


class NotAColour(ValueError):
    """Neither #rgb nor #rrggbb."""


class Brand(NamedTuple):
    """Four colours as #rrggbb: the brand and what is written on it, in each theme."""

    light: str
    on_light: str
    dark: str
    on_dark: str


@lru_cache(maxsize=4096)
def fit(colour: str) -> Brand:
    """Give the legible brand for a colour written #rgb or #rrggbb. Raises NotAColour."""
    rgb = _channels(colour)
    light = _reach(rgb, on=LIGHT_SURFACE, ratio=LIGHT_RATIO, towards=0.0)
    dark = _reach(rgb, on=DARK_SURFACE, ratio=DARK_RATIO, towards=1.0)
    return Brand(light, WHITE, dark, NEAR_BLACK)


def contrast(one: str, other: str) -> float:
    """The WCAG contrast ratio of two colours, 1.0 to 21.0."""
    bright, dim = sorted((_luminance(_channels(one)), _luminance(_channels(other))), reverse=True)
    return (bright + 0.05) / (dim + 0.05)


def _reach(rgb: _Channels, *, on: str, ratio: float, towards: float) -> str:
    """Keep hue and saturation, move lightness towards black or white, no further than needed."""
    hue, lightness, saturation = colorsys.rgb_to_hls(*rgb)
    for step in range(_STEPS):
        moved = lightness + (towards - lightness) * step / _STEPS
        candidate = _written(colorsys.hls_to_rgb(hue, moved, saturation))
        if contrast(candidate, on) >= ratio:
            return candidate
    return _written((towards, towards, towards))


def _channels(colour: str) -> _Channels:
    match = _HEX.fullmatch(colour.strip())
    if not match:
        raise NotAColour(colour)
    digits = match[1] if len(match[1]) == 6 else "".join(digit * 2 for digit in match[1])
    red, green, blue = (int(digits[at : at + 2], 16) / 255 for at in (0, 2, 4))
    return red, green, blue


def _written(rgb: _Channels) -> str:
    return "#" + "".join(f"{round(channel * 255):02x}" for channel in rgb)


def _luminance(rgb: _Channels) -> float:
    """Relative luminance as WCAG 2.2 defines it for sRGB."""
    red, green, blue = (
        channel / 12.92 if channel <= 0.04045 else ((channel + 0.055) / 1.055) ** 2.4
        for channel in rgb
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
