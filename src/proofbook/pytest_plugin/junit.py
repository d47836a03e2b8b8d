"""
Pytest's own JUnit file, where a case turned out to be no pass after pytest had reported one.

That happens when the release changed during the run. Whoever reads that file instead of ours must
not see a pass either, so each such test case gets an error once pytest has written the file.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

from _pytest.junitxml import mangle_test_address

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pytest

_NO_PASS = frozenset({"error", "failure", "skipped"})


def settle(config: pytest.Config, reasons: Mapping[str, str]) -> None:
    """Add an error with its reason to each test case of `reasons` (by node id) that shows a pass."""
    path = config.getoption("xmlpath", None)
    if not path or not reasons or not Path(path).is_file():
        return
    prefix = config.getoption("junitprefix", None)
    told = {_address(nodeid, prefix): reason for nodeid, reason in reasons.items()}
    tree = ET.parse(path)  # noqa: S314 - pytest wrote it a moment ago
    for suite in tree.iter("testsuite"):
        added = [case for case in suite.iter("testcase") if _spoil(case, told)]
        suite.set("errors", str(int(suite.get("errors", "0")) + len(added)))
    tree.write(path, encoding="utf-8", xml_declaration=True)


def _address(nodeid: str, prefix: str | None) -> tuple[str, str]:
    """How pytest names a test there: class name and name."""
    *outer, name = mangle_test_address(nodeid)
    return ".".join([*([prefix] if prefix else []), *outer]), name


def _spoil(case: ET.Element, reasons: Mapping[tuple[str, str], str]) -> bool:
    reason = reasons.get((case.get("classname", ""), case.get("name", "")))
    if reason is None or any(child.tag in _NO_PASS for child in case):
        return False
    ET.SubElement(case, "error", message=reason).text = reason
    return True
