"""The sample mailbox: what `ewsfs sandbox --sample small|large` and `ewsfs demo` show.

It belongs to Ada Winther, who builds tide gauges for harbours all over the world, which is why her mail comes in
so many scripts. `files`, `people`, `compose` and `script` are the tools; every other module here holds content;
`load` puts it into a store. Everything is deterministic: same mailbox on every machine and every day.
"""

from __future__ import annotations

from .load import fill

__all__ = ["fill"]
