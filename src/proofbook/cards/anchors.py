"""Anchors before the named steps of a page: an alert's link leads to what to do."""

from __future__ import annotations

from markdown.preprocessors import Preprocessor

from proofbook.alerts.sheet import ANCHOR
from proofbook.claims import blocks
from proofbook.steps.header import header

#: Before fences are read (25), and after what else looks at lines.
PRIORITY = 26


class Anchors(Preprocessor):
    """Puts `<a id="step-NAME">` before the first fence of each name that stands at a line's beginning."""

    def run(self, lines: list[str]) -> list[str]:
        """The lines with an anchor before each step."""
        before: dict[int, str] = {}
        for block in blocks.page("\n".join(lines)).blocks:
            found = header(block.info) if block.kind == "fence" else None
            name = found.values.get("name") if found and not found.problems else None
            is_plain = lines[block.first - 1].startswith(("`", "~")) if name else False
            if name and is_plain and name not in before.values():
                before[block.first - 1] = name
        made: list[str] = []
        for number, line in enumerate(lines):
            if number in before:
                made += [f'<a id="{ANCHOR}{before[number]}"></a>', ""]
            made.append(line)
        return made
