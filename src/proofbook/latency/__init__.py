"""
What a load run tells, judged: a percentile or a share of bad answers against its bound.

    recording = Recording(…)                               # what `proofbook.instruments.load` measured
    question = Percentile(0.95, most_seconds=0.6)          # or Share(0.995)
    finding = judge(recording, question, alpha=0.005)      # PASS, FAIL or MORE, exact

`judge` counts the requests that are bad (too slow, refused, unanswered) among all that were meant to be
sent and asks the binomial distribution: PASS and FAIL are each wrong at most with probability alpha,
and what neither can be said of asks for more requests. Values go in and come out; nothing here
touches a clock, a file or a socket.
"""

from proofbook.latency.deciding import Decision, alphas, decide
from proofbook.latency.finding import Finding, Percentile, Share, judge
from proofbook.latency.recording import Answer, Recording
from proofbook.latency.trust import doubts

__all__ = [
    "Answer",
    "Decision",
    "Finding",
    "Percentile",
    "Recording",
    "Share",
    "alphas",
    "decide",
    "doubts",
    "judge",
]
