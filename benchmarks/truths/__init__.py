"""Distributions whose answers are known in closed form, a file for each group of measures."""
