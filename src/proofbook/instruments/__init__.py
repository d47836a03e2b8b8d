"""Reusable pieces that act on a system and record what happened."""
