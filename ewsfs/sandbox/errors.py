"""The errors of the sandbox: what an operation raises and the dispatcher turns into a reply.

    SandboxError
    ├── ResponseError        becomes a ResponseMessage with ResponseClass="Error" and a ResponseCode
    └── (the server adds the ones that become SOAP faults or broken connections)

Nothing but an operation's own refusals is raised: a fault of the sandbox itself stays a traceback.
"""

from __future__ import annotations

from collections.abc import Mapping


class SandboxError(Exception):
    """Root of everything that the sandbox raises on purpose."""


class ResponseError(SandboxError):
    """One item of a request can't be done; the others go on.

    code: the ResponseCode, for example "ErrorItemNotFound".
    message: the MessageText, for people.
    values: pairs for MessageXml, each rendered as <t:Value Name="...">.
    path: the FieldURI that was at fault, if one was; it is shown in MessageXml too.
    """

    def __init__(
        self,
        code: str,
        message: str = "",
        *,
        values: Mapping[str, str] | None = None,
        path: str | None = None,
    ) -> None:
        self.code = code
        self.message = message or code
        self.values = dict(values or {})
        self.path = path
        super().__init__(f"{code}: {self.message}")
