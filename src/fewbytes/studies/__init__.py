"""The comparative study: codecs x views x models x paired seeds, raw images always among them.

config     what a study is asked to do; TOML files
grid       the cells of a study
prepare    a codec fitted and its codes, for the cells that share them
runner     runs the cells that are not done yet
results    the run folder: one row a cell, appended and synced
summary    means, standard errors and paired differences over seeds
frontier   the cells that no other beats on both rate and accuracy
"""
