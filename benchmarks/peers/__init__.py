"""The other ways to keep small records on disk and deliver them shuffled, one script each."""
