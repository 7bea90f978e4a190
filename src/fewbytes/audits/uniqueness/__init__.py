"""Uniqueness: whether codes are unique, and what arithmetic says of that.

classes          which records are equal
pairs            how many pairs of records are, and how many of random codes would be
controls         exposures that these figures are checked on
collisions       distinct codes, colliding pairs, the largest class
birthday         entropies of codes, beside the birthday expectation
duplicates       records whose originals are equal
overlap          records that are in two sets
avalanche        bits of a code that a small change of the image changes
cells            images whose codes are asked for, where transforms are linear
preimage         an image with a given code, from the code alone
second_preimage  another image with the code of a given one
"""
