"""What people are shown: a folder a subject, and what they share.

study     a study's tables, plots and figures in its folder
page      a study as one HTML file
advice    what `advise` says
measures  what was measured
audit     what an audit found
identity  fingerprints, and what `identify` says
stores    stores and trainings on a terminal
stages    the stages that there are
console   tables and lines on a terminal; progress, its bars
drawing   how plots look; palette, one colour a codec; distortion_plot, PSNR against bytes
"""
