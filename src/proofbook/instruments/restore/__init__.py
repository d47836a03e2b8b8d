"""
The restore bench: backups chosen, restored into clusters of this run's own, and held to what they say.

In a check:

    backup = whole(folder)[-1]                       # newest: manifest parses, bytes and SHA-256 fit
    with Bench(stack) as bench:
        copy = bench.restore(backup.dump)            # Broken (an AssertionError) if it cannot be
        assert differences(backup.manifest, copy.contents()) == ()
        twin.start("api", instance="restored", instead={"store": copy.url})

`contents(dsn)` fingerprints any database; `retention.judged(before, after, policy, now)`,
`retention.shown(listing, policy, every, now)` and
`retention.simulated` judge what a prune leaves; `artefacts.listed`, `newest` and `lateness` read a
listing; `segments.missing` finds gaps in a log archive. What is in `retention`, `artefacts`,
`segments` and `manifests` is pure. A whole drill with its controls is `proofbook drill restore`.

A restore goes only into a cluster that this run has made and marked; nothing here takes an address.
"""

from proofbook.instruments.restore import artefacts, retention, segments
from proofbook.instruments.restore.bench import Bench, Copy
from proofbook.instruments.restore.broken import Broken
from proofbook.instruments.restore.dumps import check_decodes, check_digest
from proofbook.instruments.restore.fingerprints import check_order, contents
from proofbook.instruments.restore.folders import Backup, whole
from proofbook.instruments.restore.manifests import Content, Manifest, differences, manifest

__all__ = [
    "Backup",
    "Bench",
    "Broken",
    "Content",
    "Copy",
    "Manifest",
    "artefacts",
    "check_decodes",
    "check_digest",
    "check_order",
    "contents",
    "differences",
    "manifest",
    "retention",
    "segments",
    "whole",
]
