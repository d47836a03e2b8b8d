"""Anchors before the named steps of a page."""

from __future__ import annotations

import re

from proofbook.alerts.sheet import ANCHOR
from tests.engine.cards.samples import book, html

TEXT = """# A page

```bash { name=look effect=observes }
ls
```

1. In a list:

   ```bash { name=inside }
   ls
   ```

````markdown
```bash { name=shown-only }
```
````

```bash { name=look needs=compose }
docker ps
```

```python
print()
```
"""


def test_each_step_can_be_linked_to() -> None:
    """The first of a name, where it stands by itself; what is only shown is no step."""
    shown = html(TEXT, book({}))

    assert re.findall(r'id="([^"]+)"', shown) == ["a-page", f"{ANCHOR}look"]
    assert shown.index(f'<a id="{ANCHOR}look"></a>') < shown.index("ls")
