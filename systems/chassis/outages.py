"""What is raised while the store is away: apart from the store, for who serves without one."""

from __future__ import annotations


class StoreUnavailable(Exception):
    """The store cannot be reached, or takes longer than it may."""
