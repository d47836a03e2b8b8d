"""The two programs that turn pages into a site, each started apart from us and from the other."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from importlib import resources
from importlib.util import find_spec
from typing import TYPE_CHECKING

from proofbook.errors import SiteError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

#: Builder → the modules that it needs, and what to install for them.
BUILDERS: Mapping[str, tuple[tuple[str, ...], str]] = {
    "mkdocs": (("mkdocs", "material"), "mkdocs-material"),
    "zensical": (("zensical", "markdown"), "zensical"),
}
#: So many of a failed builder's last lines are shown.
_LINES = 12
_SECONDS = 600


def run(builder: str, root: Path, scratch: Path) -> Path:
    """
    Build the pages of `root` in the empty folder `scratch`; the folder that holds the site.

    Raises `SiteError` with the builder's last words where it fails or warns.
    """
    modules, package = BUILDERS[builder]
    if missing := [module for module in modules if find_spec(module) is None]:
        raise SiteError(
            f"{builder}: {missing[0]} is not installed; `pip install {package}`, then build again."
        )
    settings = root / "mkdocs.yml"
    shipped = resources.files("proofbook.cards").joinpath("mkdocs.yml")
    with resources.as_file(shipped) as ours:
        inherited = settings if settings.is_file() else ours
        shutil.copytree(root / "runbooks", scratch / "runbooks")
        (scratch / "mkdocs.yml").write_text(_settings(inherited), "utf-8")
        _start(builder, root, scratch)
    return scratch / "site"


def _settings(inherited: Path) -> str:
    """Settings for one build: all that `inherited` says, but in the scratch folder. JSON is YAML."""
    return json.dumps({"INHERIT": str(inherited), "docs_dir": "runbooks", "site_dir": "site"})


def _start(builder: str, root: Path, scratch: Path) -> None:
    """Run the builder to its end; the extension finds the project by the working directory."""
    words = ["build", "--clean", "--strict", "-f", str(scratch / "mkdocs.yml")]
    try:
        ran = subprocess.run(
            [sys.executable, "-P", "-m", builder, *words],
            cwd=root,
            env={**os.environ, "NO_MKDOCS_2_WARNING": "1", "NO_COLOR": "1"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            check=False,
            timeout=_SECONDS,
        )
    except subprocess.TimeoutExpired:
        raise SiteError(f"{builder}: it did not end in {_SECONDS} s; nothing was built.") from None
    if ran.returncode or not (scratch / "site" / "index.html").is_file():
        raise SiteError(f"{builder} could not build the site; it ended so:\n{_last(ran.stdout)}")


def _last(output: str) -> str:
    """What a failed builder said last; our own words alone where it stopped on them."""
    ours = output.rpartition("\nproofbook.errors.")[2]
    if ours != output:
        return ours.partition(": ")[2].strip()
    return "\n".join(output.strip().splitlines()[-_LINES:])
