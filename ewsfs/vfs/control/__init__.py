"""The control folder `.ewsfs`, and the properties of items as extended attributes."""
