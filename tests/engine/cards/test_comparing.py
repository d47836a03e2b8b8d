"""Built pages held against the evidence: every way in which a page can lie is told."""

from __future__ import annotations

from datetime import timedelta

import pytest

from proofbook.cards import reading
from proofbook.cards.comparing import differences
from proofbook.verdicts import Verdict
from tests.engine.cards.samples import (
    FRONT,
    PAGE,
    PATH,
    attempt,
    book,
    claims,
    html,
    measurement,
    record,
    run,
)

(CLAIM,) = claims()
UNTIL = "2026-12-01T12:00:00+00:00"
EARLIER = [
    run(record(CLAIM, attempt(Verdict.FAIL, "no")), ago=timedelta(hours=9)),
    *(run(record(CLAIM), ago=timedelta(hours=n)) for n in (3, 2)),
]
PASSED = run(record(CLAIM, attempt(measured=(measurement("412 ms"),)), valid_until=UNTIL))
SLOW = attempt(Verdict.FAIL, "too slow", measured=(measurement("700 ms", holds=False),))
FAILED = run(record(CLAIM, SLOW), target="staging", kind="deployment")
BOOK = book({PATH: PAGE}, [*EARLIER, PASSED, FAILED])
SHOWN = html(PAGE, BOOK)
CROSS = '<path d="M4 4l8 8M12 4l-8 8">'


def told(shown: str) -> list[str]:
    """What is told of one built page."""
    return list(differences([reading.page("demo/page.html", shown)], BOOK))


def test_a_page_that_says_what_the_evidence_says_is_left_in_peace() -> None:
    """Two targets, measurements, an end, counts, a list of what is not proved."""
    assert told(SHOWN) == []


def test_a_renamed_claim_is_left_in_peace() -> None:
    """Its former id is no part of its sentence."""
    text = FRONT + "> **demo.new** — (was demo.old) It holds `n = 1`.\n"
    renamed = book({PATH: text})

    assert list(differences([reading.page("x.html", html(text, renamed))], renamed)) == []


ON = "demo/page.html: demo.once on staging"
LIES = {
    "a fail painted over": (
        '<span class="pb-word">fail</span></span><span class="pb-said">',
        '<span class="pb-word">pass</span></span><span class="pb-said">',
        [f"{ON} says 'pass'; it is 'fail'"],
    ),
    "a badge drawn otherwise": (
        f'{CROSS}</path></svg><span class="pb-word">fail</span></span><span class="pb-said">',
        (
            '<path d="M3 8.6l3.2 3.2L13 4.6"></path></svg><span class="pb-word">fail</span></span>'
            '<span class="pb-said">'
        ),
        [f"{ON} bears another drawing than that of fail"],
    ),
    "a part coloured otherwise": (
        'class="pb-proof pb-fail"',
        'class="pb-proof pb-pass"',
        [f"{ON} is drawn as pb-pass; it is pb-fail"],
    ),
    "a card coloured otherwise": (
        'class="pb-card pb-fail"',
        'class="pb-card"',
        ["demo/page.html: demo.once is drawn as nothing; it is pb-fail"],
    ),
    "another reason": (
        '<span class="pb-reason">too slow</span>',
        '<span class="pb-reason">fine</span>',
        [f"{ON} gives as its reason 'fine'; it is 'too slow'"],
    ),
    "a promise that did not hold": (
        '<td class="pb-fail">no</td>',
        '<td class="pb-fail">yes</td>',
        [f"{ON} shows the promises {{'p95 <= 600 ms': True}}; it is {{'p95 <= 600 ms': False}}"],
    ),
    "a measurement left out": (
        "<td>700 ms</td>",
        "<td></td>",
        [f"{ON} hides that 700 ms was measured of p95 <= 600 ms"],
    ),
    "an end shown as a pass": (
        ">pass until 1 Dec 2026, 12:00 UTC</span>",
        ">pass</span>",
        [
            "demo/page.html: demo.once on local says 'pass'; it is 'pass until 1 Dec 2026, 12:00 UTC'"
        ],
    ),
    "an end painted green": (
        'class="pb-badge pb-ends"',
        'class="pb-badge pb-pass"',
        ["demo/page.html: demo.once on local is drawn as pb-pass; it is pb-ends"],
    ),
    "a failure before it that is left out": (
        '<span class="pb-flaky"> · flaky 1/4</span>',
        "",
        ["demo/page.html: demo.once on local shows of its failures ''; it is '· flaky 1/4'"],
    ),
    "a pass without end": (
        f' data-pb-until="{UNTIL}"',
        "",
        [f"demo/page.html: demo.once on local ends None; it is '{UNTIL}'"],
    ),
    "an end that nobody can read": (
        f'<time datetime="{UNTIL}">',
        '<time datetime="2027-12-01T12:00:00+00:00">',
        [f"demo/page.html: demo.once on local does not say that it ends {UNTIL}"],
    ),
    "a target left out": (
        'data-pb-target="staging"><p',
        'data-pb-target="other"><p',
        [
            "demo/page.html: demo.once is shown on ['local', 'other']; it is ['local', 'staging']",
        ],
    ),
    "another number in the sentence": (
        '<code class="pb-value">jobs = 3</code>',
        "<code>jobs = 9</code>",
        [
            (
                "demo/page.html: demo.once reads 'Each of jobs = 9 jobs ends within p95 <= 600 ms.'; it is "
                "'Each of jobs = 3 jobs ends within p95 <= 600 ms.'"
            ),
            (
                "demo/page.html: demo.once states ('jobs = 9', 'p95 <= 600 ms'); it is "
                "('jobs = 3', 'p95 <= 600 ms')"
            ),
        ],
    ),
    "another digest": (
        f'data-pb-digest="{CLAIM.digest}"',
        'data-pb-digest="0"',
        [f"demo/page.html: demo.once carries the digest '0'; it is '{CLAIM.digest}'"],
    ),
    "another claim": (
        'data-pb-claim="demo.once"',
        'data-pb-claim="demo.twice"',
        [
            f"demo.once of {PATH}:7 is shown on no page",
            "demo/page.html: demo.twice is shown, and no runbook states it",
        ],
    ),
    "the page of another runbook": (
        f'data-pb-page="{PATH}"',
        'data-pb-page="runbooks/x.md"',
        [f"demo.once of {PATH}:7 is shown on demo/page.html"],
    ),
    "a wrong count": (
        'data-pb-count="fail">1</td>',
        'data-pb-count="fail">0</td>',
        [f"demo/page.html: the page counts fail of {PATH} on staging: '0'; it is '1'"],
    ),
    "a shorter list of what is not proved": (
        'data-pb-unproved="demo.once"',
        "",
        ["demo/page.html: the page lists as not proved []; it is [('demo.once', 'fail')]"],
    ),
}


@pytest.mark.parametrize(("true", "false", "messages"), LIES.values(), ids=LIES)
def test_a_page_that_lies_is_told_of(true: str, false: str, messages: list[str]) -> None:
    """Each lie by itself, in words that name the page, the claim and both sides."""
    assert SHOWN.count(true) == 1

    assert told(SHOWN.replace(true, false)) == messages


def test_a_page_that_was_not_built_anew_is_told_of() -> None:
    """Evidence moves on; what stands on the page does not."""
    failed = run(record(CLAIM, attempt(Verdict.FAIL, "no")), ago=timedelta(minutes=5))
    later = book({PATH: PAGE}, [PASSED, failed])
    before = html(PAGE, book({PATH: PAGE}, [PASSED]))

    found = list(differences([reading.page("page.html", before)], later))

    said = "'pass until 1 Dec 2026, 12:00 UTC'"
    assert f"page.html: demo.once on local says {said}; it is 'fail'" in found


def test_a_card_shown_twice_is_told_of() -> None:
    """One sentence, one place."""
    pages = [reading.page("a.html", SHOWN), reading.page("b.html", SHOWN)]

    assert list(differences(pages, BOOK)) == [f"demo.once of {PATH}:7 is shown on a.html, b.html"]
