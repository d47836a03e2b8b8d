"""Read an `alerts.toml`: text goes in, a `Table` comes out, or everything that is wrong with it."""

from __future__ import annotations

import re
import tomllib
from typing import TYPE_CHECKING

from proofbook.alerts.model import PAGE, Alert, Burn, Level, Slo, Table
from proofbook.errors import Place, Problem, RunbookError
from proofbook.targets.lines import line_of, lines
from proofbook.targets.tables import Report
from proofbook.targets.tables import Table as Keys

if TYPE_CHECKING:
    from collections.abc import Iterator

_ALERT = ("claim", "expr", "series", "hold", "step", "severity")
_SLO = ("claim", "target", "bad", "total", "series", "profile", "step")
_BURN = ("claim", "window", "levels")
_LEVEL = ("spent", "over", "severity")
_NAME = re.compile(r"[A-Z][A-Za-z0-9]*")
_STEP = re.compile(r"[A-Za-z0-9_/.-]+\.md#[a-z][a-z0-9-]*")
#: A number of PromQL that is part of no name, no text and no placeholder.
_NUMBER = re.compile(r"(?<![A-Za-z0-9_.:])\d+(?:\.\d+)?(?:[a-z]+)?")
_QUOTED = re.compile(r'"[^"]*"|\'[^\']*\'|\{[a-z][a-z0-9_.]*\}')
#: What is no threshold: that something is, or is not.
_TRUTHS = {"0", "1"}


def parse(text: str, path: str) -> Table:
    """The table that the text of the file at `path` holds; `RunbookError` with all that is wrong."""
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise RunbookError([Problem(Place(path, 1), f"this is no TOML: {error}")]) from None
    report = Report(path, lines(text))
    keys = Keys(document, (), report)
    keys.close(("alerts", "slos", "burn"))
    table = Table(
        path=path,
        alerts=tuple(_alert(name, each) for name, each in keys.tables("alerts")),
        slos=tuple(_slo(name, each) for name, each in keys.tables("slos")),
        burn=next(iter(_burns(keys)), None),
    )
    if report.problems:
        raise RunbookError(report.problems)
    return table


def _alert(name: str, keys: Keys) -> Alert:
    keys.close(_ALERT)
    _see_name(name, keys)
    expr, series = keys.text("expr") or "", keys.words("series")
    if "series" not in keys:
        keys.add("says no series; name those that must be there, or write series = [].")
    _see_expr(expr, "expr", keys)
    _see_series(series, expr, keys)
    return Alert(
        name=name,
        place=_place(keys),
        claim=_needed(keys, "claim"),
        expr=_needed(keys, "expr"),
        series=series,
        hold=keys.text("hold"),
        step=_step(keys),
        severity=keys.text("severity") or PAGE,
    )


def _slo(name: str, keys: Keys) -> Slo:
    keys.close(_SLO)
    _see_name(name, keys)
    bad, total, series = keys.text("bad") or "", keys.text("total") or "", keys.words("series")
    if keys.only_one("profile", "total") and "total" in keys:
        _needed(keys, "bad")
        for key, expr in (("bad", bad), ("total", total)):
            _see_expr(expr, key, keys)
            if "$window" not in expr and expr:
                keys.add("looks back over no $window; write rate(…[$window]).", key)
        _see_series(series, total, keys)
    return Slo(
        name=name,
        place=_place(keys),
        claim=_needed(keys, "claim"),
        target=_needed(keys, "target"),
        bad=bad,
        total=total,
        series=series,
        profile=keys.text("profile") or "",
        step=_step(keys),
    )


def _burns(keys: Keys) -> Iterator[Burn]:
    burn = keys.table("burn")
    if burn is None:
        return
    burn.close(_BURN)
    levels = []
    for name, level in burn.tables("levels"):
        level.close(_LEVEL)
        _see_name(name, level)
        levels.append(
            Level(
                name=name,
                spent=_needed(level, "spent"),
                over=_needed(level, "over"),
                severity=level.text("severity") or PAGE,
            )
        )
    yield Burn(
        place=_place(burn),
        claim=_needed(burn, "claim"),
        window=_needed(burn, "window"),
        levels=tuple(levels),
    )


def _place(keys: Keys) -> Place:
    return Place(keys.report.path, line_of(keys.path, keys.report.lines))


def _needed(keys: Keys, key: str) -> str:
    if key not in keys:
        keys.add(f"says no {key}.")
    return keys.text(key) or ""


def _step(keys: Keys) -> str:
    step = _needed(keys, "step")
    if step and not _STEP.fullmatch(step):
        keys.wrong("a page and a step on it, such as alerts.md#count-runs", "step")
    return step


def _see_name(name: str, keys: Keys) -> None:
    if not _NAME.fullmatch(name):
        keys.add("is no name of an alert; write it LikeThis.")


def _see_expr(expr: str, key: str, keys: Keys) -> None:
    """A number belongs into the sentence."""
    stated = [n for n in _NUMBER.findall(_QUOTED.sub("", expr)) if n not in _TRUTHS]
    if stated:
        keys.add(f"states {', '.join(stated)}; write it in the claim, and {{its_name}} here.", key)


def _see_series(series: tuple[str, ...], expr: str, keys: Keys) -> None:
    """A series that the expression does not read says nothing of it."""
    for each in series:
        name = each.partition("{")[0]
        if not re.search(rf"(?<![A-Za-z0-9_:]){re.escape(name)}(?![A-Za-z0-9_:])", expr):
            keys.add(f"names {each}, which is read by no expression here.", "series")
