"""The public site as plain files: addresses, their answers, releases, and how nginx serves them."""
