"""What is known of a mailbox without asking: folders, items, contents, in memory and on disk."""
