"""`make lock`: write the .txt files from the .in files, for every platform, with hashes.

The files hold versions and hashes only, no address: where packages come from is pip's business.
"""

import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
UV = HERE.parent / ".venv/bin/uv"


def compile_lock(source: str, target: str, *further: str) -> None:
    """Resolve one .in file for Python 3.11 and up."""
    subprocess.run(
        [
            *(UV, "pip", "compile", "--quiet", "--universal", "--python-version", "3.11"),
            *("--generate-hashes", "--no-emit-index-url", "--no-emit-find-links"),
            *("--custom-compile-command", "make lock", *sys.argv[1:], *further),
            *(source, "--output-file", target),
        ],
        cwd=HERE,
        check=True,
    )


if __name__ == "__main__":
    compile_lock("base.in", "base.txt")
    compile_lock("test.in", "test.txt", "--constraint", "base.txt")
    compile_lock("drill.in", "drill.txt")
