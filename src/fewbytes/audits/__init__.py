"""What the codes of a store give away, attack by attack, each held to two controls.

    finding.py          what one attack reached, beside chance and its controls; the verdict
    exposure.py         what is attacked: records with the truth about them, the codec, the codes
    attack.py           what an attack is
    bench.py            what is computed once for an exposure
    census.py           hashes of all records of a store, of which an exposure shows some
    figures.py          figures with their intervals: shares, means, known numbers
    affine.py           the transforms of a linear codec as one matrix
    affine_map.py       what linear attackers learn
    suite.py            every attack, in groups
    audited.py          all attacks of one store
    watch.py            who is told how an audit goes on
    reconstruction/     can images be rebuilt from codes
    linkage/            can a record be recognised by its code
    uniqueness/         are codes unique, and what arithmetic says of that
    identification/     can the data set and the codec be told from codes
    keys/               what a secret key hides, and for how many known pairs
    fingerprints/       naming a set by its contents
    membership/         can one tell what a network was trained on

An audit that cannot fail proves nothing: every attack also runs on codes that are the images
themselves, which must give all away, and on noise, which must give nothing away.
"""
