"""What an audit found: its table, its sentences, its plots."""
