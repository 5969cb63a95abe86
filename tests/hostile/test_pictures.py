"""Pictures just within the limit cost bounded memory and time, however many come at once."""

from __future__ import annotations

import subprocess
import sys

from servicedesk import env

MOST_MEBIBYTES, MOST_SECONDS = 400, 4.0  # of CPU; 50 million pixels alone take 190 MiB

PROGRAM = """
import io, resource, sys, time
from concurrent.futures import ThreadPoolExecutor
from PIL import Image
from tickets import files

def peak():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss

mode = sys.argv[1]
files.reencode(b"warm up")
# Written line by line, so that making it does not count.
import struct, zlib
def chunk(name, content):
    body = name + content
    return struct.pack(">I", len(content)) + body + struct.pack(">I", zlib.crc32(body))
packer, line = zlib.compressobj(1), b"\\0" + b"\\x80" * (7000 * len(mode))
packed = b"".join(packer.compress(line) for _ in range(7100)) + packer.flush()
header = struct.pack(">IIBBBBB", 7000, 7100, 8, 6 if mode == "RGBA" else 2, 0, 0, 0)
content = b"\\x89PNG\\r\\n\\x1a\\n" + chunk(b"IHDR", header) + chunk(b"IDAT", packed)
content += chunk(b"IEND", b"")
before, began = peak(), time.process_time()
with ThreadPoolExecutor(3) as threads:
    drawn = list(threads.map(files.reencode, [content] * 3))
assert all(one and one.width == 7000 for one in drawn)
print((peak() - before) // 1024, (time.process_time() - began) / 3)
"""


def test_three_of_fifty_million_pixels_at_once() -> None:
    ran = subprocess.run(
        [sys.executable, "-c", PROGRAM, "RGBA"],
        cwd=env.BASE_DIR, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip

    assert ran.returncode == 0, ran.stderr[-2000:]
    grown, seconds = map(float, ran.stdout.split())
    print(f"three pictures of 49.7 Mpx at once: +{grown:.0f} MiB, {seconds:.1f} s of CPU each")
    assert grown <= MOST_MEBIBYTES, f"{grown:.0f} MiB"
    assert seconds <= MOST_SECONDS, f"{seconds:.1f} s each"
