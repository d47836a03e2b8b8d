"""
The store: a folder of chains and of the evidence that they name, and the keys that sign them.

    log/<chain>.jsonl        one file a chain: a run (or a shard of one), or one act
    log/keys/<key>.pub       the public keys that signed them
    evidence/<sha256>        records and attachments, named by their digests, never changed
    runs/<id>/               derived: run.json, reports, logs

Whatever is added is on the disk before anybody is told; nothing is ever rewritten. So two runs can
write at once, a run may be killed at any byte, and the union of two stores is a union of files.
"""

from proofbook.store.acts import act_payload, append_act
from proofbook.store.folder import Store
from proofbook.store.loading import load
from proofbook.store.owned import own_key, run_key
from proofbook.store.writer import Writer

__all__ = ["Store", "Writer", "act_payload", "append_act", "load", "own_key", "run_key"]
