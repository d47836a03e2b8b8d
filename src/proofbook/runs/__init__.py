"""Runs: their text, and the folders of `reports/runs/` that hold them."""

from proofbook.runs.folders import Found, all_runs, create, new_id, newest, write
from proofbook.runs.text import from_json, to_json

__all__ = ["Found", "all_runs", "create", "from_json", "new_id", "newest", "to_json", "write"]
