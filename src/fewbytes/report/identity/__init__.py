"""What fingerprints and what `identify` say."""
