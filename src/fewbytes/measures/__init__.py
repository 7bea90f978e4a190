"""What a codec costs and keeps: one measure, one file.

rate          bytes on disk
information/  bits in the codes, and what they say of images and of labels
    code_entropy           H, collision and min-entropy (counting: colliding pairs)
    image_information      bits that codes say of images
    label_information      bits that codes say of labels, between proven ends
    error_bounds           from information to error and back: Fano, Hellman and Raviv
    usable                 bits that a family of readers gets out of codes (probes/: the families)
    lost_information       the same, of originals minus codes, image by image
    network_information    the bracket of label_information, from the logits of a trained network
    description_length     bits to send the labels to someone who has the codes
    neighbour_information  mutual information from nearest neighbours (of normal_scores)
    contrastive            mutual information from telling true pairs from others (class_pairs)
distortion/   how far decoded images are from the originals
    fidelity               mean squared error, PSNR, SSIM
    gaussian_rate          rate of a Gaussian source of the same covariance
    blahut_arimoto         rate-distortion function of a small discrete source
    bd_rate                mean rate difference of two codecs at equal quality
geometry/     distances and dimension
    distances              how distances between images differ between codes (delta_method)
    intrinsic_dimension    of the manifold that codes lie on (nearest_records)

measurement, vectors   the typed result: figure, interval, verdict; arrays as vectors
material               records drawn of a store, and the images they were made of
findings, suite        what is found of a material; every measure of it, in groups
measured, watch        what a run gives, and who is told how it goes on

Functions take arrays and give measurements; what they cannot measure is an InputError that says
why. `suite` calls them for a store and turns such errors into rows.
"""

from fewbytes.measures.measurement import Measurement, Verdict
from fewbytes.measures.rate import Rate, rate

__all__ = ["Measurement", "Rate", "Verdict", "rate"]
