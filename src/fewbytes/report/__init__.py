"""What a study's results look like: tables, plots, the progress on a terminal.

tables      table.md, table.csv
final_info  final_info.json, the format of the study that this project grew from
series      the data behind each plot
palette     one colour a codec, everywhere
plots       the drawing
page        a study as one HTML file
console     progress and results on a terminal
"""
