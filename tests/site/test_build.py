"""The whole site, by both builders: built apart, read again, put in its place."""

from __future__ import annotations

import re
import shutil
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from proofbook.cards import builders, reading, site
from proofbook.errors import RunbookError, SiteError
from proofbook.evidence import Attempt
from proofbook.project import pages as our_pages
from proofbook.verdicts import Verdict
from tests.engine.cards.samples import FRONT, PAGE, PATH, add, claims, project, record, run

if TYPE_CHECKING:
    from collections.abc import Mapping

ROOT = Path(__file__).parents[2]
INDEX = "# Runbooks\n\n<!-- proofbook: overview -->\n"
PAGES: Mapping[str, str] = {
    "runbooks/index.md": INDEX,
    PATH: PAGE,
    "runbooks/demo/other.md": FRONT + "# Other\n\n> **demo.other** — It *holds*.\n",
    "runbooks/handbook/words.md": "# Words\n\nSee [the queue](../demo/page.md).\n",
}
(CLAIM,) = claims()
both = pytest.mark.parametrize("builder", builders.BUILDERS)


@both
@pytest.mark.slow
def test_a_site_is_built_and_says_what_the_evidence_says(builder: str, tmp_path: Path) -> None:
    """In a folder with a space, from the wheel's own settings, with nothing left beside it."""
    root = project(tmp_path / "a b", PAGES)
    add(root, run(record(CLAIM)))

    out = site.build(root, builder=builder)

    pages = {page.file: page for page in reading.pages(out)}
    assert out == root / "site"
    assert [card.id for card in pages["demo/page.html"].cards] == ["demo.once"]
    assert pages["demo/page.html"].path == PATH
    assert pages["index.html"].counts["demo", "local", "pass"] == "1"
    assert ("demo.other", "no_verdict") in pages["index.html"].unproved
    assert site.verify(root) == 2
    assert sorted(file.name for file in root.iterdir()) == [
        ".proofbook",
        "checks",
        "gates.toml",
        "reports",
        "runbooks",
        "site",
    ]
    assert [file.name for file in (root / ".proofbook").iterdir()] == ["signing.key"]


@both
@pytest.mark.slow
def test_our_own_site_opens_without_a_network(builder: str, tmp_path: Path) -> None:
    """From a folder: no page or style fetches anything from elsewhere, and each link leads somewhere."""
    root = project(tmp_path, our_pages(ROOT))
    shutil.copy(ROOT / "mkdocs.yml", root)
    for picture in (ROOT / "runbooks").rglob("*.svg"):
        shutil.copy(picture, root / picture.relative_to(ROOT))

    out = site.build(root, builder=builder)

    for page in reading.pages(out):
        for address in page.fetched:
            assert not re.match(r"(?:https?:)?//", address), f"{page.file} fetches {address}"
            path = address.partition("?")[0]
            if page.file != "404.html" and path and not path.startswith("data:"):
                assert (out / page.file).parent.joinpath(path).exists(), f"{page.file}: {address}"
    for style in out.rglob("*.css"):
        assert not re.search(r"(?:url\(|@import)\s*['\"]?(?:https?:)?//", style.read_text("utf-8"))


@both
@pytest.mark.slow
def test_links_lead_to_the_cards(builder: str, tmp_path: Path) -> None:
    """From the overview to each claim that is not proved."""
    root = project(tmp_path, PAGES)

    out = site.build(root, builder=builder)

    index = (out / "index.html").read_text("utf-8")
    assert 'href="demo/page.html#demo.once"' in index
    assert 'id="demo.once"' in (out / "demo" / "page.html").read_text("utf-8")


@pytest.mark.slow
def test_a_site_that_is_out_of_date_is_refused(tmp_path: Path) -> None:
    """Evidence moved on; the pages did not."""
    root = project(tmp_path, PAGES)
    out = site.build(root)
    failed = run(record(CLAIM, Attempt(verdict=Verdict.FAIL, reason="3 twice")))
    add(root, failed)

    with pytest.raises(SiteError) as raised:
        site.verify(root)

    told = str(raised.value).splitlines()
    assert told[0] == "demo/page.html: demo.once is drawn as pb-no-verdict; it is pb-fail"
    assert told[-1] == "The site does not say what the evidence says: build it again."
    assert site.build(root) == out
    assert site.verify(root) == 2


@pytest.mark.slow
def test_a_run_that_ends_during_a_build_is_on_the_page(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The site is built again; if that never rests, there is none."""
    root = project(tmp_path, PAGES)
    failed = Attempt(verdict=Verdict.FAIL, reason="no")
    said = [record(CLAIM), record(CLAIM, failed), record(CLAIM), record(CLAIM, failed)]
    found = [run(one, ago=timedelta(hours=9 - n)) for n, one in enumerate(said)]
    built = builders.run

    def disturbed(builder: str, root: Path, scratch: Path) -> Path:
        folder = built(builder, root, scratch)
        if disturbances:
            one = disturbances.pop(0)
            add(root, one)
        return folder

    monkeypatch.setattr(builders, "run", disturbed)
    disturbances = [found.pop(0)]
    site.build(root)
    badges = site.verify(root)
    disturbances = found
    with pytest.raises(SiteError) as raised:
        site.build(root)

    assert badges == 2
    assert str(raised.value) == (
        f"{root}: runbooks, checks or evidence changed during each of 3 builds; build again when "
        "they rest."
    )


@pytest.mark.slow
def test_a_site_that_a_builder_painted_over_is_not_published(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Such as one that shows a pass from its cache."""
    root = project(tmp_path, PAGES)
    built = builders.run

    def painted(builder: str, root: Path, scratch: Path) -> Path:
        folder = built(builder, root, scratch)
        file = folder / "demo" / "page.html"
        text = file.read_text("utf-8").replace(">no_verdict</span>", ">pass</span>")
        file.write_text(text, "utf-8")
        return folder

    monkeypatch.setattr(builders, "run", painted)

    with pytest.raises(SiteError) as raised:
        site.build(root)

    assert str(raised.value).splitlines() == [
        "demo/page.html: demo.once says 'pass'; it is 'no_verdict'",
        (
            "demo/page.html: the page lists as not proved [('demo.once', 'pass')]; it is "
            "[('demo.once', 'no_verdict')]"
        ),
        "The site does not say what the evidence says: build it again.",
    ]
    assert not (root / "site").exists()


@pytest.mark.slow
def test_a_build_that_fails_leaves_the_site_as_it_was(tmp_path: Path) -> None:
    """A page that shows a claim otherwise than it reads stops it, in our own words."""
    root = project(tmp_path, PAGES)
    before = (site.build(root) / "index.html").read_text("utf-8")
    text = "# X\n\n    text\n~~~\n> **demo.x** — y\n~~~\n"
    (root / "runbooks" / "demo" / "x.md").write_text(text)

    with pytest.raises(SiteError) as raised:
        site.build(root)

    assert str(raised.value) == (
        "mkdocs could not build the site; it ended so:\nrunbooks:1: a page shows demo.x, which no "
        "runbook states; Markdown readers disagree on it: write it more plainly"
    )
    assert (root / "site" / "index.html").read_text("utf-8") == before


@pytest.mark.slow
def test_a_builders_own_warning_stops_the_build(tmp_path: Path) -> None:
    """A link that leads nowhere is not published."""
    root = project(tmp_path, {**PAGES, "runbooks/a.md": "# A\n\n[b](b.md)\n"})

    with pytest.raises(SiteError, match=r"(?s)mkdocs could not build the site.*'b\.md'"):
        site.build(root)


def test_a_runbook_with_problems_is_told_before_anything_is_built(tmp_path: Path) -> None:
    """With its path and line, as everywhere."""
    root = project(tmp_path, {PATH: PAGE.replace("jobs = 3", "jobs = 3,000")})

    with pytest.raises(RunbookError, match=rf"^{PATH}:7: `jobs = 3,000`"):
        site.build(root)
    assert not (root / ".proofbook").exists()


def test_a_folder_with_something_else_is_not_overwritten(tmp_path: Path) -> None:
    """Nor the project itself, nor what holds it."""
    root = project(tmp_path / "p", PAGES)
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.tex").write_text("x")

    for out in (root, tmp_path, tmp_path / "mine", root / "runbooks"):
        with pytest.raises(SiteError) as raised:
            site.build(root, out=out)
        assert str(raised.value) == (
            f"{out}: this holds something else than a site; name a folder of its own."
        )


def test_a_site_that_is_not_there_cannot_be_verified(tmp_path: Path) -> None:
    """The message says how to make one."""
    with pytest.raises(SiteError) as raised:
        site.verify(tmp_path)

    assert str(raised.value) == (
        f"{tmp_path}/site: there is no site; build one with `proofbook site build`."
    )


def test_a_place_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    """A file where the scratch folder would be."""
    root = project(tmp_path, PAGES)
    (root / ".proofbook").write_text("")

    with pytest.raises(SiteError) as raised:
        site.build(root)

    assert str(raised.value) == f"{root}/.proofbook: the site cannot be written: File exists."


def test_a_builder_that_is_not_installed_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With the command that installs it."""
    monkeypatch.setattr(builders, "find_spec", lambda name: None if name == "material" else name)

    with pytest.raises(SiteError) as raised:
        builders.run("mkdocs", tmp_path, tmp_path)

    assert str(raised.value) == (
        "mkdocs: material is not installed; `pip install mkdocs-material`, then build again."
    )


def test_our_settings_are_those_that_the_wheel_brings() -> None:
    """What works here works for a project that has only the wheel."""
    shipped = ROOT / "src" / "proofbook" / "cards" / "mkdocs.yml"

    assert (ROOT / "mkdocs.yml").read_text("utf-8") == shipped.read_text("utf-8")


def test_a_builder_that_never_ends_is_ended(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And nothing of it is kept."""
    root = project(tmp_path, PAGES)
    monkeypatch.setattr(builders, "_SECONDS", 0)

    with pytest.raises(SiteError) as raised:
        site.build(root)

    assert str(raised.value) == "mkdocs: it did not end in 0 s; nothing was built."
    assert list((root / ".proofbook").iterdir()) == []
