"""The files of this repository, as git sees them."""

from __future__ import annotations

import subprocess
from pathlib import Path

ROOT = Path(__file__).parents[2]


def files(*under: str) -> list[Path]:
    """Every file that is or would be committed, below `under` or everywhere."""
    command = ["git", "-c", "safe.directory=*", "ls-files", "-z", "--cached", "--others"]
    command += ["--exclude-standard", "--", *under]
    listed = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True)
    paths = [ROOT / name for name in sorted(set(listed.stdout.split("\0"))) if name]
    return [path for path in paths if path.is_file()]


def name(path: Path) -> str:
    """The path as a reader of the repository knows it."""
    return path.relative_to(ROOT).as_posix()


def text(path: Path) -> str | None:
    """The content, or None where it isn't text."""
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        return None


def documentation() -> str:
    """Everything an operator may read."""
    pages = [path for path in files("README.md", "server") if path.suffix == ".md"]
    return "\n".join(page.read_text(encoding="utf-8") for page in pages)
