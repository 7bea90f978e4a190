"""A study as one HTML file that works offline.

reading    what the run folder holds, and what is missing from it
answer     the question and the answer of the first screen
advised    the same, from what fewbytes advise left beside the study
compared   each codec against the raw images, with an interval
charts     every plot, as Vega-Lite
frontier   accuracy against bytes
losses     training and validation curves
vega       what the plots share
pictures   sample images as PNG in data URIs, within a budget of bytes
gallery    those of each codec, with the numbers of its lines
figures    the tables' cells
evidence   measures and audits that were run beside the study
origin     the commands that repeat it
rendering  all of it put into template/page.html
"""
