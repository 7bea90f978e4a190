"""What `advise` says, and its progress."""
