"""What a codec costs and keeps: one measure, one file.

rate                   bytes on disk
code_entropy           bits in the codes: H, collision and min-entropy (counting: colliding pairs)
image_information      bits that codes say of images
label_information      bits that codes say of labels, between proven ends
error_bounds           from information to error and back: Fano, Hellman and Raviv
usable                 bits that a family of readers gets out of codes (probes: the families)
lost_information       the same, of originals minus codes, image by image
network_information    the same bracket, from the logits of a trained network
description_length     bits to send the labels to someone who has the codes
fidelity               mean squared error, PSNR, SSIM
gaussian_rate          rate of a Gaussian source of the same covariance
blahut_arimoto         rate-distortion function of a small discrete source
bd_rate                mean rate difference of two codecs at equal quality
distances              how distances between images differ between codes
intrinsic_dimension    of the manifold that codes lie on
neighbour_information  mutual information from nearest neighbours
contrastive            mutual information from telling true pairs from others (class_pairs: pairs)

vectors, measurement   arrays as vectors; the typed result: figure, interval, verdict
material               records drawn of a store, and the images they were made of
findings, suite        every measure of a store, made once where several need it; in groups
measured, watch        what a run gives, and who is told how it goes on

Functions take arrays and give measurements; what they cannot measure is an InputError that says
why. `suite` calls them for a store and turns such errors into rows.
"""

from fewbytes.measures.measurement import Measurement, Verdict
from fewbytes.measures.rate import Rate, rate

__all__ = ["Measurement", "Rate", "Verdict", "rate"]
