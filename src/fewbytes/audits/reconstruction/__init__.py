"""Can images be rebuilt from codes: a ladder of attackers, the weakest first.

    ladder.py           the attacks, as an audit runs them
    mean_image.py       what is reached without codes: the mean image, the best guess
    decoder.py          the codec's own decoder
    pseudo_inverse.py   the codec's matrix, and nothing of the images
    linear_estimate.py  the codec's matrix, and the mean and covariance of images
    pairs.py            known pairs of codes and images, and nothing of the codec
    learned.py          known pairs, and a network in place of a matrix
    linear_floor.py     the error that no linear attacker gets below
    agreement.py        whether a classifier says the same of a rebuilt image

    rungs.py            the rungs by name
    rebuilt.py          what a rung makes of codes
    judged.py           its PSNR and SSIM beside chance
    guess.py            that chance: the mean image and the best guess
    best_guess.py       the one image that is most alike to all, by SSIM
    similarity.py       SSIM as it is differentiated
    skewed_mean.py      an interval of square errors
    worst_seen.py       an interval where nearly all images are exact
    least_squares.py    ridge regression, and the pseudo-inverse of a Gram matrix
    ledoit_wolf.py      a covariance of fewer images than pixels
    residual_network.py the network of learned.py, and its training
    wording.py          what is said of the figures

Attackers learn from the known half of the records and are judged on the other half.
"""
