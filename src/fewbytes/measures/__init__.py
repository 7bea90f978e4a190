"""What a codec costs and keeps: one measure, one file."""

from fewbytes.measures.rate import Rate, rate

__all__ = ["Rate", "rate"]
