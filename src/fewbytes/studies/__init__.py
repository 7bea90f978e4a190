"""The comparative study: codecs x views x models x paired seeds, raw images always among them.

config     what a study is asked to do; TOML files
grid       the cells of a study
prepare    the store of a codec and seed, for the cells that train on it
attempt    one cell: its training, its row, or why it failed
runner     runs the cells that are not done yet
results    the run folder: one row a cell, appended and synced
samples    a few images before and after each codec
machine    what the study ran on
summary    means, standard errors and paired differences over seeds
repeated   one store trained on with several seeds
frontier   the cells that no other beats on both rate and accuracy
"""
