"""
The log: which runs there were, what they recorded, and what people added; as values.

`proofbook.store` reads it from files and adds to it.
"""

from proofbook.log.head import Head, Trail, head
from proofbook.log.model import Act, Damage, Log, Part, Testimony

__all__ = ["Act", "Damage", "Head", "Log", "Part", "Testimony", "Trail", "head"]
