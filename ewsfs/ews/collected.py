"""From a method that is a generator to one that does it all and returns a list, with the same parameters."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from typing import Concatenate, ParamSpec, TypeVar

S = TypeVar("S")
P = ParamSpec("P")
R = TypeVar("R")


def collected(name: str, iterate: Callable[Concatenate[S, P], Iterator[R]]) -> Callable[Concatenate[S, P], list[R]]:
    """The method that gives what a generator yields as a list.

    Parameters: `name`, its name; `iterate`, the generator method, whose docstring is the other's too.
    """

    def collect(self: S, /, *args: P.args, **kwargs: P.kwargs) -> list[R]:
        return list(iterate(self, *args, **kwargs))

    collect.__name__ = name
    collect.__qualname__ = f"{iterate.__qualname__.rpartition('.')[0]}.{name}"
    collect.__doc__ = iterate.__doc__
    collect.__module__ = iterate.__module__
    signature = inspect.signature(iterate)
    returned = str(signature.return_annotation).replace("Iterator[", "list[", 1)
    collect.__signature__ = signature.replace(return_annotation=returned)  # type: ignore[attr-defined]  # for help()
    return collect
