"""Runbooks that prove themselves."""
