"""A study's results in its folder.

tables            table.md, table.csv
final_info        final_info.json, the format of the study that this project grew from
series            the data behind each plot
plots             the drawing
rate_differences  bytes at equal quality, between families of codecs
"""
