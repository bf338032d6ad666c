"""What the formats raise.

FormatError(ValueError)      the bytes can't be an item of the wanted kind; str() says why, for the user
"""

from __future__ import annotations


class FormatError(ValueError):
    """Bytes that can't be an item of the wanted kind; the message is one sentence for the user."""
