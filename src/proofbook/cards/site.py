"""
Build the site and read it again.

The site is built apart from the place where it will stand, held against the evidence, and put there
only if every badge says what the evidence says. `mkdocs.yml` at the project's root is used where
there is one, else the one that is shipped beside this module.
"""

from __future__ import annotations

import shutil
from datetime import UTC, datetime
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from proofbook import project
from proofbook.cards import book, builders, comparing, reading
from proofbook.claims import read_all
from proofbook.errors import SiteError

if TYPE_CHECKING:
    from pathlib import Path

#: Where the site is put, from the project's root.
SITE = "site"
#: Where it is built first.
_SCRATCH = ".proofbook"
#: So often is a site built while what it is built from changes.
_ATTEMPTS = 3


def build(root: Path, *, builder: str = "mkdocs", out: Path | None = None) -> Path:
    """
    Build the site of the project at `root` with `mkdocs` or `zensical`, into `out` (`site/`).

    Returns `out`. Raises `RunbookError` for pages that cannot be read, and `SiteError` where the
    builder fails or what it built says something else than the evidence; `out` is then as before.
    """
    out = (out or root / SITE).resolve()
    if root.is_relative_to(out) or (out.exists() and not _is_ours(out)):
        raise SiteError(f"{out}: this holds something else than a site; name a folder of its own.")
    read_all(project.pages(root))
    try:
        (root / _SCRATCH).mkdir(exist_ok=True)
        with TemporaryDirectory(prefix="site-", dir=root / _SCRATCH) as name:
            scratch = (root / _SCRATCH / name).resolve()
            _put(_built(root, builder, scratch), out, scratch / "before")
    except OSError as error:
        raise SiteError(
            f"{error.filename}: the site cannot be written: {error.strerror}."
        ) from None
    return out


def _built(root: Path, builder: str, scratch: Path) -> Path:
    """A site in `scratch` that says what the evidence says, also if a run ended meanwhile."""
    for attempt in range(_ATTEMPTS):
        before = book.state(root)
        (scratch / str(attempt)).mkdir()
        built = builders.run(builder, root, scratch / str(attempt))
        try:
            _refuse_differences(root, built)
        except SiteError:
            if book.state(root) == before:
                raise
        else:
            return built
    raise SiteError(
        f"{root}: runbooks, checks or evidence changed during each of {_ATTEMPTS} builds; "
        "build again when they rest."
    )


def verify(root: Path, *, out: Path | None = None) -> int:
    """
    Read every badge of the site in `out` (`site/`) again, and return how many there are.

    Raises `SiteError` with every difference from the evidence as it is now.
    """
    out = out or root / SITE
    if not (out / "index.html").is_file():
        raise SiteError(f"{out}: there is no site; build one with `proofbook site build`.")
    return _refuse_differences(root, out)


def _refuse_differences(root: Path, folder: Path) -> int:
    """The number of badges in a built site; `SiteError` where one is not what it must be."""
    pages = reading.pages(folder)
    found = list(comparing.differences(pages, book.load(root, datetime.now(UTC))))
    if found:
        raise SiteError(
            "\n".join([*found, "The site does not say what the evidence says: build it again."])
        )
    return sum(len(card.proofs) for page in pages for card in page.cards)


def _is_ours(out: Path) -> bool:
    """Whether a folder is empty or holds a site, so that it may be replaced."""
    return out.is_dir() and ((out / "404.html").is_file() or not any(out.iterdir()))


def _put(built: Path, out: Path, before: Path) -> None:
    """Put a built site in its place; what stood there goes to `before`, to be removed."""
    out.parent.mkdir(parents=True, exist_ok=True)
    if out.exists():
        shutil.move(out, before)
    shutil.move(built, out)
