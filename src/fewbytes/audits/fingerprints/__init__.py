"""Naming a set by its contents: exactly, whatever the order, and by what its images look like.

record_hash.py     one record as 32 bytes
merkle.py          the root of a Merkle tree, and proofs that a record is under it
lthash.py          a hash of a multiset that is updated as records come and go
contents.py        both, of one multiset of records
perceptual.py      hashes that survive re-encoding, and distances between them
sketch.py          a sample of a set's perceptual hashes, and how much of it another set holds
fingerprinted.py   the fingerprint of a data set, split by split and whole
reading.py         taken of a source of images, or of the codes of a store
comparison.py      whether two sets are the same, re-encodings, or different
exported.py        a fingerprint as a file, to be published and compared with later
recognition.py     the attacks: what a hash of an original recognises after coding
"""
