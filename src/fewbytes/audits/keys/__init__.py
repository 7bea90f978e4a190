"""What a secret key hides, and for how many known pairs.

    recovery.py         an affine map from known pairs, exactly
    known_plaintext.py  decoding and foretelling codes from known pairs, and how many it takes
    learning_curve.py   what growing numbers of known pairs are worth
    ridge.py            images to codes, learned from known pairs
    linear_estimate.py  codes to images, with what was learned
    bounded_error.py    the error of decoding, where few images make it
    permutation.py      the order of the pixels from known pairs
    permutation_alone.py  the order of a keyed permutation from codes alone, without any pair
    invariant.py        what no key changes, told from codes alone
    distance_leak.py    distances that codes keep under any key
    energy_leak.py      norms that codes keep under any key
    rank_correlation.py the correlation that both leaks are measured by
    reuse.py            whether two releases were made under one key, from codes alone
    sealed.py           a codec whose key the attacker does not have
    fresh_key.py        any exposure under a fresh secret key

Every attack takes the codec's transforms as a black box. Of a codec without a key, the figures say
what would be known if the codec were the secret.
"""
