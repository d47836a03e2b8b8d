"""What is kept of a load run: its figures, two pictures, and a log for other programs."""

from __future__ import annotations

import io
import json
from importlib.util import find_spec
from typing import TYPE_CHECKING

from proofbook.latency import drawing
from proofbook.latency.drawing import CURVE, FIGURES, HISTOGRAM
from proofbook.latency.finding import Percentile

if TYPE_CHECKING:
    from proofbook.attaching import Attach
    from proofbook.latency import Finding, Recording
    from proofbook.latency.finding import Question

#: The name of the log.
LOG = "latency.hdr.log"
#: An HdrHistogram counts microseconds up to an hour, in three digits.
_MOST_US, _DIGITS = 3_600_000_000, 3


def keep(attach: Attach, recording: Recording, question: Question, finding: Finding) -> None:
    """Attach all of it."""
    bound = question.most_seconds if isinstance(question, Percentile) else None
    attach(FIGURES, json.dumps(figures(recording, finding), indent=1))
    attach(CURVE, drawing.curve(recording, bound, question.share))
    attach(HISTOGRAM, drawing.histogram(recording, bound))
    if find_spec("hdrh") is not None:
        attach(LOG, hdr_log(recording))


def figures(recording: Recording, finding: Finding) -> dict[str, object]:
    """Every number of a run and of what it says, shares of 1 and seconds."""
    seen = finding.blocks
    return {
        "requests": finding.trials,
        "planned": recording.planned,
        "bad": finding.bad,
        "allowed": finding.allowed,
        "decision": finding.decision,
        "alpha": finding.alpha,
        "estimate": finding.estimate.value,
        "interval": [finding.estimate.low, finding.estimate.high],
        "confidence": finding.estimate.confidence,
        "blocks": {
            "count": seen.count,
            "design_effect": seen.design_effect,
            "effective_requests": seen.effective,
            "bad_share_interval": [seen.low, seen.high],
            "decision": finding.cautious,
        },
        "generator": {
            "dropped": recording.dropped,
            "late": finding.late,
            "bad_and_not_late": finding.punctual_bad,
            "processor": recording.processor,
            "stopped": recording.stopped,
        },
        "by_name": _by_name(recording),
        "warm_up": recording.warm_up,
        "patience": recording.patience,
        "seconds": recording.seconds,
    }


def hdr_log(recording: Recording) -> str:
    """The latencies as a histogram log (HdrHistogram, log format 1.2), microseconds."""
    from hdrh.histogram import HdrHistogram  # type: ignore[import-untyped] # noqa: PLC0415 - an extra
    from hdrh.log import HistogramLogWriter  # type: ignore[import-untyped] # noqa: PLC0415 - an extra

    histogram = HdrHistogram(1, _MOST_US, _DIGITS)
    for answer in recording.answers:
        histogram.record_value(max(1, round(answer.latency * 1e6)))
    histogram.set_start_time_stamp(0)
    histogram.set_end_time_stamp(recording.seconds * 1000)
    file = io.StringIO()
    writer = HistogramLogWriter(file)
    writer.output_log_format_version()
    writer.output_legend()
    writer.output_interval_histogram(histogram, 0, recording.seconds, 1.0)
    return file.getvalue()


def _by_name(recording: Recording) -> dict[str, dict[str, int]]:
    """Of each thing asked, how often it was, and how often with which status."""
    found: dict[str, dict[str, int]] = {}
    for answer in recording.answers:
        of_name = found.setdefault(recording.names[answer.name], {"requests": 0})
        of_name["requests"] += 1
        of_name[str(answer.status)] = of_name.get(str(answer.status), 0) + 1
    return found
