"""The program as a whole: how it ends, what it says, how fast it answers."""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click
import pytest

from proofbook.cli import main, site
from proofbook.cli.program import EXAMPLES, VERBS, Verbs, program
from proofbook.cli.teaching import Verb
from proofbook.errors import (
    NotAsked,
    Place,
    Problem,
    ProofbookError,
    RunbookError,
    StackError,
    WrongPlace,
)

if TYPE_CHECKING:
    from collections.abc import Callable

ROOT = Path(__file__).parents[3]


def command(name: str) -> click.Command:
    """A verb's command."""
    found = program.get_command(click.Context(program), name)
    assert found, name
    return found


@pytest.fixture
def raising(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[[BaseException], None]:
    """Let every verb raise an error, in an empty folder."""
    monkeypatch.chdir(tmp_path)

    def let(error: BaseException) -> None:
        @click.command()
        def verb() -> None:
            raise error

        monkeypatch.setattr(Verbs, "get_command", lambda *_: verb)

    return let


@pytest.mark.parametrize(
    ("error", "code", "said"),
    [
        (
            RunbookError([Problem(Place("runbooks/x.md", 7), "this is wrong; mend it")]),
            3,
            "runbooks/x.md:7: this is wrong; mend it\n",
        ),
        (WrongPlace("this is another cluster"), 3, "this is another cluster\n"),
        (NotAsked("no Docker here"), 5, "no Docker here\n"),
        (StackError("PostgreSQL does not start; its log: x"), 20, "PostgreSQL does not start; its"),
        (ProofbookError("else"), 20, "else\n"),
        (click.UsageError("there is no such thing"), 3, "Error: there is no such thing\n"),
        (click.ClickException("not like that"), 3, "Error: not like that\n"),
        (KeyboardInterrupt(), 10, "interrupted\n"),
        (click.Abort(), 10, "interrupted\n"),
    ],
)
def test_what_a_verb_raises_is_one_message_and_one_code(
    error: BaseException,
    code: int,
    said: str,
    raising: Callable[[BaseException], None],
    capsys: pytest.CaptureFixture[str],
) -> None:
    """On standard error, without a traceback."""
    raising(error)
    assert main(["verb"]) == code
    out, err = capsys.readouterr()
    assert out == ""
    assert said in err
    assert "Traceback" not in err


def test_what_nobody_expected_is_a_sentence_and_a_file_with_the_traceback(
    raising: Callable[[BaseException], None], capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """In the project's reports; the person sees where."""
    (tmp_path / "gates.toml").touch()
    raising(ZeroDivisionError("one\ntwo"))
    assert main(["verb"]) == 20
    (file,) = tmp_path.glob("reports/crash-*.txt")
    assert capsys.readouterr().err == (
        "Proofbook broke: ZeroDivisionError: one. This is its mistake, not yours; "
        f"the traceback is in reports/{file.name}\n"
    )
    assert "Traceback (most recent call last):" in file.read_text()


def test_outside_a_project_the_traceback_is_kept_too(
    raising: Callable[[BaseException], None],
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """In the folder for temporary files; where that cannot be written either, it is shown."""
    (tmp_path / "temporary").mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "temporary"))
    raising(ZeroDivisionError())
    assert main(["verb"]) == 20
    (file,) = tmp_path.glob("temporary/crash-*.txt")
    assert "broke: ZeroDivisionError. This" in capsys.readouterr().err
    monkeypatch.setattr("tempfile.tempdir", str(file))
    assert main(["verb"]) == 20
    assert "since none could be written. It reads:\nTraceback" in capsys.readouterr().err


@pytest.mark.parametrize("words", [["--zzz"], ["zzz"], ["verify", "--zzz"], ["merge"]])
def test_a_wrong_command_line_is_3(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    """Not click's 2; with a word on how to learn more."""
    assert main(words) == 3
    assert "--help" in capsys.readouterr().err


@pytest.mark.parametrize("verb", VERBS)
def test_the_list_of_verbs_says_what_each_verb_s_own_help_says(verb: str) -> None:
    """The list is written out, so that no verb need be imported for it."""
    assert command(verb).get_short_help_str(limit=200) == VERBS[verb][1]


#: What a verb cannot be typed without.
NEEDED = {
    "faults": "coreos",
    "rules": "coreos",
    "run": "rollback",
    "merge": ". --into b",
    "log prune": "--older-than 90",
    "drill restore": "--system kernel",
    "drill export": "--into a.tar.gz",
    "fingerprint": "--dsn env:DATABASE_URL --file a.dump -- pg_dump",
    "gate": "local",
    "checklist": "local",
    "sign-off": "ID",
    "waive": "ID --verdict fail --owner ada --reason WHY --until INSTANT",
    "override": "promote",
    "reword": "ID",
    "retire": "ID --reason WHY",
}


def commands() -> list[str]:
    """Every verb as it is typed, `site build` among them."""
    found: list[str] = []
    for verb in VERBS:
        whole = command(verb)
        parts = whole.commands if isinstance(whole, click.Group) else ()
        found += [f"{verb} {part}" for part in parts] or [verb]
    return found


def parsed(example: str) -> click.Context:
    """What click makes of a command to copy; a usage error fails the test that asks."""
    name, *words = shlex.split(example)
    assert name == "proofbook"
    context = program.make_context(name, words)
    found: click.Command = program
    while isinstance(found, click.Group):
        word, following, words = found.resolve_command(
            context, [*context._protected_args, *context.args]
        )
        assert following, word
        found = following
        context = found.make_context(word, words, parent=context)
    return context


@pytest.mark.parametrize("verb", commands())
def test_the_help_of_each_verb_ends_with_examples_that_parse(
    verb: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Each is of this verb, and its options exist."""
    found = parsed(f"proofbook {verb} {NEEDED.get(verb, '')}").command
    assert isinstance(found, Verb)
    assert main([*verb.split(), "--help"]) == 0
    told = capsys.readouterr().out
    for example in found.examples:
        assert f"  {example}  " in told
        assert example.startswith(f"proofbook {verb}")
        assert parsed(example).command is found


@pytest.mark.parametrize("example", [*EXAMPLES, *site.EXAMPLES])
def test_the_examples_of_a_group_are_of_its_verbs(example: str) -> None:
    """What the first page of help tells to type exists."""
    if not example.endswith("--help"):
        assert parsed(example).command


def written(path: Path) -> list[str]:
    """The commands of this program that a page or a Makefile tells to type."""
    text = path.read_text(encoding="utf-8")
    found = re.findall(
        r"(?:^[ \t]*(?:\$\(BIN\)/|\S*/bin/)?|`)(proofbook [^`\n#]+)", text, re.MULTILINE
    )
    return [command.strip() for command in found]


DOCUMENTS = ["README.md", "CONTRIBUTING.md", "Makefile"]
TYPED = [(path, typed) for path in DOCUMENTS for typed in written(ROOT / path)]


@pytest.mark.parametrize(("path", "typed"), TYPED)
def test_what_the_documents_tell_to_type_parses(path: str, typed: str) -> None:
    """README, CONTRIBUTING and Makefile name no verb or option that does not exist."""
    assert parsed(typed).command, path


def test_the_documents_tell_to_type_something() -> None:
    """Else the test above would hold of nothing."""
    assert {path for path, _ in TYPED} == set(DOCUMENTS)


def test_the_help_of_the_program_shows_verbs_examples_and_exit_codes(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Whoever types --help learns what to type next."""
    assert main(["--help"]) == 0
    told = capsys.readouterr().out
    for text in (*VERBS, *EXAMPLES, "Exit codes:", "interrupted"):
        assert text in told


def test_help_and_version_load_nothing_that_is_slow() -> None:
    """The program answers before it imports pytest, rich or a database driver."""
    script = (
        "import json, sys\n"
        "from proofbook.cli import main\n"
        "main(['--help']); main(['--version'])\n"
        "slow = ('pytest', 'rich', 'psycopg', 'httpx', 'nacl')\n"
        "print(json.dumps([name for name in slow if name in sys.modules]))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert json.loads(done.stdout.splitlines()[-1]) == []


def test_a_reader_that_goes_away_leaves_no_traceback(tmp_path: Path) -> None:
    """`proofbook … | head -0` is nobody's mistake."""
    reading, writing = os.pipe()
    os.close(reading)  # before it is started: else it may have said all by the time nobody reads
    with os.fdopen(writing, "wb") as nobody:
        ended = subprocess.run(
            [sys.executable, "-m", "proofbook", "--help"],
            cwd=tmp_path,
            stdout=nobody,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
    assert (ended.returncode, ended.stderr) == (20, "")
