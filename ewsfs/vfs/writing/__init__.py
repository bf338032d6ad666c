"""Files being written: on disk first, then on their way to the server, under whatever name they get."""
