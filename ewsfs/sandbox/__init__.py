"""An embedded EWS server with a mailbox, for the demo, the tests and people who write against EWS.

with Sandbox(users={"ada": "secret"}) as sandbox:
    print(sandbox.endpoint)
"""

from __future__ import annotations

from ewsfs.sandbox.calls import Calls
from ewsfs.sandbox.errors import SandboxError
from ewsfs.sandbox.faults import Faults
from ewsfs.sandbox.server import Sandbox, serve

__all__ = ["Calls", "Faults", "Sandbox", "SandboxError", "serve"]
