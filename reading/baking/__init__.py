"""The public site as plain files: which addresses, their answers, releases, and how nginx serves."""
