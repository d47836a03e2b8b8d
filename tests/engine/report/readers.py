"""
Readers of our exports that know nothing of Proofbook: what each takes for green.

They are lenient on purpose, as real ones are: whatever does not say that it went wrong passed.
"""

from __future__ import annotations

import json
from html.parser import HTMLParser
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

from google.protobuf import json_format  # type: ignore[import-untyped] # it comes without types
from in_toto_attestation.predicates.test_result.v0 import test_result_pb2  # type: ignore[import-untyped] # it comes without types
from in_toto_attestation.v1.statement import Statement  # type: ignore[import-untyped] # it comes without types
from markdown_it import MarkdownIt

from proofbook.report import attestation, ctrf, junit, markdown

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from proofbook.report.sheet import Sheet

#: Names of the claims that a reader shows green, and whether it calls the whole good.
Green = tuple[frozenset[str], bool]


def of_junit(text: str) -> Green:
    """A CI server: a case without failure, error or skip passed; without a bad case, so did all."""
    root = ET.fromstring(text.encode())  # noqa: S314 - written by us
    bad = ("failure", "error", "skipped")
    cases = list(root.iter("testcase"))
    good = [c.attrib["name"] for c in cases if all(c.find(tag) is None for tag in bad)]
    broken = [c for c in cases if c.find("failure") is not None or c.find("error") is not None]
    sums = int(root.attrib["failures"]) + int(root.attrib["errors"])
    assert sums == len(broken)
    return frozenset(good), not broken


def of_ctrf(text: str) -> Green:
    """A dashboard: looks at `status`, and at the number of failures."""
    results = json.loads(text)["results"]
    good = [test["name"] for test in results["tests"] if test["status"] == "passed"]
    assert results["summary"]["passed"] == len(good)
    return frozenset(good), results["summary"]["failed"] == 0


def of_attestation(text: str) -> Green:
    """An admission controller: `result`, and the list of names that passed."""
    told = test_result(json.loads(text))
    assert not set(told.passed_tests) & {*told.warned_tests, *told.failed_tests}
    return frozenset(told.passed_tests), told.result in ("PASSED", "WARNED")


def statement(whole: Mapping[str, object]) -> Statement:
    """A statement as its authors' own package reads it; raises where that finds it wrong."""
    read = Statement([], "", {})
    json_format.ParseDict({**whole, "type": whole["_type"]}, read.pb, ignore_unknown_fields=True)
    read.validate()
    return read


def test_result(whole: Mapping[str, object]) -> test_result_pb2.TestResult:
    """The predicate of a test result, unknown fields ignored."""
    told = json_format.MessageToDict(statement(whole).pb.predicate)
    read = test_result_pb2.TestResult()
    json_format.ParseDict(told, read, ignore_unknown_fields=True)
    return read


def of_markdown(text: str) -> Green:
    """A person: every row that begins with a green sign, and the heading."""
    page = _Rows()
    page.feed(MarkdownIt("commonmark", {"html": True}).enable("table").render(text))
    green = frozenset(row[1].split()[0] for row in page.rows if row and row[0].startswith("✅"))
    return green, "✅" in page.heading or "🏳" in page.heading


class _Rows(HTMLParser):
    """Rows of tables, and the heading, as text."""

    def __init__(self) -> None:
        super().__init__()
        self.rows: list[list[str]] = []
        self.heading = ""
        self._tag = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """A row, a cell, the heading."""
        del attrs
        if tag == "tr":
            self.rows.append([])
        elif tag == "td":
            self.rows[-1].append("")
        if tag in ("td", "h2", "th", "p"):
            self._tag = tag

    def handle_data(self, data: str) -> None:
        """Text of whatever is open."""
        if self._tag == "td":
            self.rows[-1][-1] += data
        elif self._tag == "h2":
            self.heading += data

    def handle_endtag(self, tag: str) -> None:
        """Nothing is open any more."""
        if tag == self._tag:
            self._tag = ""


#: Export → how it is made, and who reads it.
READERS: Mapping[str, tuple[Callable[[Sheet], str], Callable[[str], Green]]] = {
    "junit": (junit.render, of_junit),
    "ctrf": (ctrf.render, of_ctrf),
    "ctrf-compat": (lambda sheet: ctrf.render(sheet, is_recent=False), of_ctrf),
    "attestation": (lambda sheet: attestation.body(sheet).decode(), of_attestation),
    "markdown": (markdown.render, of_markdown),
}


def green(sheet: Sheet) -> Mapping[str, Green]:
    """What every reader takes for green of one sheet."""
    return {name: read(render(sheet)) for name, (render, read) in READERS.items()}
