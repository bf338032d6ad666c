"""An embedded EWS server with a mailbox, for the demo, the tests and people who write against EWS."""
