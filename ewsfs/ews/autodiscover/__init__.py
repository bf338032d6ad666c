"""From an e-mail address to the server that has its mailbox.

    found = discover("ada@example.com", credentials=Credentials("ada@example.com", "secret"))
    found.protocol.service_endpoint, found.primary_smtp_address

`hosts` says who may be asked, `pox` speaks the plain XML of autodiscover, `cache` keeps results on disk, `discovery`
puts them together.
"""

from ewsfs.ews.autodiscover.cache import DiscoveryCache
from ewsfs.ews.autodiscover.discovery import Discovery, discover

__all__ = ["Discovery", "DiscoveryCache", "discover"]
