"""What was measured: its table, its plots."""
