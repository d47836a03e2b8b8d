"""The files that a run, or a gate's decision, is told in to other programs: name → text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from proofbook.dsse import sealed
from proofbook.report import attestation, ctrf, junit, markdown, vsa
from proofbook.report.decided import of_decision
from proofbook.report.sheet import of_run

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from proofbook.claims.model import Claim
    from proofbook.dsse import Signer
    from proofbook.evidence import Run
    from proofbook.gate.decision import Decision
    from proofbook.report.sheet import Sheet

#: File → how a sheet becomes one.
FORMATS: Mapping[str, Callable[[Sheet], str]] = {
    "junit.xml": junit.render,
    "ctrf.json": ctrf.render,
    "summary.md": markdown.render,
}
#: An envelope a line, as in-toto bundles are.
ATTESTATION = "test-result.intoto.jsonl"
DECISION = "decision.intoto.jsonl"


def of_a_run(run: Run, *signers: Signer, stated: Iterable[Claim] = ()) -> Mapping[str, str]:
    """Every export of a run; the attestation where somebody signs it. `stated` as in `of_run`."""
    sheet = of_run(run, stated)
    texts = {name: render(sheet) for name, render in FORMATS.items()}
    if signers:
        texts[ATTESTATION] = sealed(attestation.body(sheet), *signers) + "\n"
    return texts


def of_a_decision(decision: Decision, *signers: Signer) -> Mapping[str, str]:
    """Every export of a decision; what is signed, where somebody signs it."""
    sheet = of_decision(decision)
    texts = {name: render(sheet) for name, render in FORMATS.items()}
    if signers:
        texts[DECISION] = sealed(vsa.body(decision), *signers) + "\n"
    return texts
