"""The house rules of who may import whom, read from the source (`ast`), not from what happens to be loaded."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
OURS = ("proofbook", "systems", "checks", "loadtests", "tests", "benchmarks")
ENGINE = ROOT / "src" / "proofbook"

#: Rooms of the engine that take values and return values, and what would let them touch the world.
PURE = (
    "acts",
    "alerts",
    "claims",
    "drills",
    "dsse",
    "effects",
    "errors",
    "evidence",
    "gate",
    "handle",
    "history",
    "judging",
    "latency",
    "log",
    "policy",
    "redaction",
    "report",
    "signing",
    "steps",
    "targets",
    "verdicts",
)
#: The one module of a pure room that opens files.
DOORS = {"targets/files.py"}
WORLD = {"docker", "httpx", "os", "psycopg", "random", "socket", "subprocess", "threading", "time"}
ENGINE_WORLD = ("cli", "instruments", "pytest_plugin", "stack", "store")


def imports(path: Path) -> set[str]:
    """Dotted names of everything that a module imports, at any depth of it."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {name.name for name in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}:{node.lineno}: imports are absolute here"
            found.add(node.module or "")
            found |= {f"{node.module}.{name.name}" for name in node.names}
    return found


def sources(folder: Path) -> list[Path]:
    """Every Python file below a folder."""
    return sorted(folder.rglob("*.py"))


def ours(path: Path) -> set[str]:
    """What a module imports of this project."""
    return {name for name in imports(path) if name.partition(".")[0] in OURS}


def name_of(path: Path) -> str:
    """A test id: the path as a person would type it."""
    return path.relative_to(ROOT).as_posix()


def systems_of(room: str) -> list[Path]:
    """The systems' folders of a room."""
    return [f for f in sorted((ROOT / room).iterdir()) if f.is_dir() and f.name[0] not in "._"]


@pytest.mark.parametrize("path", sources(ENGINE), ids=name_of)
def test_the_engine_imports_nothing_of_ours_but_itself(path: Path) -> None:
    """The engine is a wheel: it stands without checks, systems and tests."""
    assert {name for name in ours(path) if name.partition(".")[0] != "proofbook"} == set()


@pytest.mark.parametrize("path", sources(ROOT / "systems"), ids=name_of)
def test_a_system_imports_only_the_chassis_and_itself(path: Path) -> None:
    """A stand-in knows neither the engine nor its siblings, so it can be wrong on its own."""
    folder = path.relative_to(ROOT).parts[1]
    allowed = ("systems.chassis", f"systems.{folder}")
    assert {n for n in ours(path) if n != "systems" and not n.startswith(allowed)} == set()


@pytest.mark.parametrize(
    "path", sources(ROOT / "checks") + sources(ROOT / "loadtests"), ids=name_of
)
def test_a_check_knows_the_engine_and_its_own_folder_only(path: Path) -> None:
    """A check that imported a stand-in could pass on ours and say nothing of the real one."""
    own = ".".join(path.relative_to(ROOT).parts[:2])
    assert {n for n in ours(path) if not n.startswith(("proofbook", own))} == set()


@pytest.mark.parametrize("path", sources(ENGINE), ids=name_of)
def test_pure_rooms_touch_neither_file_socket_nor_clock(path: Path) -> None:
    """Values flow one way: what judges cannot look, and what looks does not judge."""
    inside = path.relative_to(ENGINE)
    if inside.parts[0].removesuffix(".py") not in PURE or inside.as_posix() in DOORS:
        return
    names = imports(path)
    assert {name.partition(".")[0] for name in names} & WORLD == set()
    assert {
        n for n in names if n.startswith(tuple(f"proofbook.{r}" for r in ENGINE_WORLD))
    } == set()


@pytest.mark.parametrize("path", sources(ENGINE), ids=name_of)
def test_only_the_plugin_and_the_command_line_know_pytest(path: Path) -> None:
    """Whoever replaces the runner replaces one room, and the verbs that start it."""
    inside = path.relative_to(ENGINE).parts[0]
    if inside in ("pytest_plugin", "cli"):
        return
    assert {
        n for n in imports(path) if n.partition(".")[0] in ("pytest", "_pytest", "xdist")
    } == set()


def test_a_system_has_the_same_name_in_every_room() -> None:
    """`coreos` is `coreos` everywhere: runbook, checks, stand-in, promises."""
    proved = {folder.name for folder in systems_of("checks")}
    assert proved <= {folder.name for folder in systems_of("runbooks")}
    assert proved <= {folder.name for folder in systems_of("systems")}
    assert proved <= {file.stem for file in (ROOT / "tests" / "promises").glob("*.toml")}


def test_nothing_committed_names_a_registry_or_this_machine() -> None:
    """Pins carry hashes, not addresses."""
    pins = (ROOT / "constraints.txt").read_text(encoding="utf-8")
    assert "://" not in pins
    assert "index-url" not in pins
    assert pins.count("==") <= pins.count("--hash=sha256:")
