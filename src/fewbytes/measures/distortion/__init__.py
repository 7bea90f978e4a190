"""How far decoded images are from the originals, and at what rate that can be had."""
