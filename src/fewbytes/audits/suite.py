"""Every attack, in groups: the cheap first, the shadow networks last."""

from __future__ import annotations

from collections.abc import Mapping

from fewbytes.audits.attack import Attack
from fewbytes.audits.fingerprints.recognition import RECOGNITION
from fewbytes.audits.identification.bag_attack import BAGS
from fewbytes.audits.identification.halves import HALVES
from fewbytes.audits.identification.keyed_attack import KEYED
from fewbytes.audits.keys.distance_leak import DISTANCE_LEAK
from fewbytes.audits.keys.energy_leak import ENERGY_LEAK
from fewbytes.audits.keys.known_plaintext import KNOWN_PLAINTEXT
from fewbytes.audits.keys.permutation import PERMUTATION
from fewbytes.audits.keys.permutation_alone import PERMUTATION_ALONE
from fewbytes.audits.keys.reuse import KEY_REUSE
from fewbytes.audits.linkage.anonymity import ANONYMITY
from fewbytes.audits.linkage.equality import EQUALITY
from fewbytes.audits.linkage.learned import LEARNED
from fewbytes.audits.linkage.rank import RANK
from fewbytes.audits.linkage.rebuilt import REBUILT
from fewbytes.audits.membership.dp_attack import DP_SGD
from fewbytes.audits.membership.recipe_attack import MEMBERSHIP
from fewbytes.audits.reconstruction.ladder import LADDER
from fewbytes.audits.uniqueness.avalanche import AVALANCHE
from fewbytes.audits.uniqueness.birthday import BIRTHDAY
from fewbytes.audits.uniqueness.collisions import COLLISIONS
from fewbytes.audits.uniqueness.duplicates import DUPLICATES
from fewbytes.audits.uniqueness.overlap import OVERLAP
from fewbytes.audits.uniqueness.preimage import PREIMAGE
from fewbytes.audits.uniqueness.second_preimage import SECOND_PREIMAGE

GROUPS: Mapping[str, tuple[Attack, ...]] = {
    "linkage": (RANK, REBUILT, LEARNED, ANONYMITY, EQUALITY),
    "uniqueness": (
        COLLISIONS, BIRTHDAY, DUPLICATES, OVERLAP, AVALANCHE, PREIMAGE, SECOND_PREIMAGE,
    ),
    "reconstruction": LADDER,
    "keys": (
        KNOWN_PLAINTEXT, PERMUTATION, PERMUTATION_ALONE, DISTANCE_LEAK, ENERGY_LEAK, KEY_REUSE,
    ),
    "identification": (BAGS, KEYED, HALVES),
    "fingerprints": (RECOGNITION,),
    "membership": (MEMBERSHIP, DP_SGD),
}  # fmt: skip
