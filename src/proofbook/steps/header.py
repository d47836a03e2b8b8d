"""
What stands behind a fence's opening marks: `bash { name=tag-previous needs=compose effect=observes }`.

    name=NAME         what the step is called; it makes the fence a step
    rollback=NAME     the step that this block undoes
    needs=A,B         commands of the target that it calls; alternatives of one name differ in this
    effect=EFFECT     observes, exercises, loads or disrupts (which is what saying nothing means)
    output=secret     what it prints is neither shown nor kept
    within=90s        how long it may take: s, min or h
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import timedelta

from proofbook.effects import Effect
from proofbook.steps.model import LANGUAGES

#: The name of a step, and of a command.
NAME = re.compile(r"[a-z][a-z0-9-]*")
KEYS = ("name", "rollback", "needs", "effect", "output", "within")
UNITS = {"s": 1, "min": 60, "h": 3600}
_INFO = re.compile(r"(?P<language>[^\s{]*)\s*(?:\{(?P<attributes>[^{}]*)\})?")
_WITHIN = re.compile(rf"([1-9]\d{{0,5}})({'|'.join(UNITS)})")


@dataclass(frozen=True, slots=True)
class Header:
    """A fence's language, its attributes, and what is wrong with them."""

    language: str
    values: dict[str, str] = field(default_factory=dict)
    problems: tuple[str, ...] = ()

    @property
    def needs(self) -> tuple[str, ...]:
        """The commands that it calls, in order."""
        return tuple(self.values["needs"].split(",")) if "needs" in self.values else ()

    @property
    def effect(self) -> Effect:
        """What it does to its target."""
        return Effect.named(self.values.get("effect", "disrupts"))

    @property
    def within(self) -> timedelta | None:
        """How long it may take; `None` where it says nothing."""
        found = _WITHIN.fullmatch(self.values.get("within", ""))
        return timedelta(seconds=int(found[1]) * UNITS[found[2]]) if found else None


def header(info: str) -> Header | None:
    """What `info` says of a step, right or wrong; `None` where it means something else."""
    found = _INFO.fullmatch(info)
    if found is None:
        is_meant = "{" in info and info.startswith(LANGUAGES)
        wrong = f"'{info}' is no heading of a step; write bash {{ name=what-it-does }}"
        return Header("", {}, (wrong,)) if is_meant else None
    language, attributes = found["language"], found["attributes"]
    if attributes is None or not (language in LANGUAGES or _names_one(attributes)):
        return None
    values: dict[str, str] = {}
    problems: list[str] = []
    for word in attributes.split():
        key, equals, value = word.partition("=")
        if not equals or key not in KEYS:
            problems.append(f"'{word}' is no attribute of a step; known are {', '.join(KEYS)}")
        elif key in values:
            problems.append(f"{key} is given twice; keep one")
        else:
            values[key] = value
            problems += _unfit(key, value)
    if language not in LANGUAGES:
        problems.append(f"a step is {' or '.join(LANGUAGES)}, not '{language}'; take its name away")
    if "name" not in values and not problems:
        problems.append("this step has no name; write { name=what-it-does }")
    return Header(language, values, tuple(problems))


def _names_one(attributes: str) -> bool:
    return any(word.startswith("name=") for word in attributes.split())


def _unfit(key: str, value: str) -> list[str]:
    """What is wrong with one value."""
    words = value.split(",") if key == "needs" else [value]
    match key:
        case "name" | "rollback" | "needs":
            bad = [word for word in words if not NAME.fullmatch(word)]
            rule = "a letter, then letters, digits and hyphens, all small"
            twice = key == "needs" and len(set(words)) < len(words)
            return [f"{key}={value} is no name: it is {rule}"] if bad or twice else []
        case "effect":
            known = [str(effect) for effect in Effect]
            return [] if value in known else [f"effect={value} is none of {', '.join(known)}"]
        case "output":
            return [] if value == "secret" else [f"output={value} is not known; it may be secret"]
        case _:
            is_time = _WITHIN.fullmatch(value)
            return [] if is_time else [f"within={value} is no time; write 90s, 5min or 1h"]
