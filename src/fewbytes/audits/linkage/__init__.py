"""Linkage: whether a record can be recognised by its code.

ranks       how soon a search for the nearest candidate meets the true one
rank        the codec is known: candidates are encoded, codes are compared
rebuilt     the decoder is known: decoded images are compared with candidates
learned     the codec is unknown, pairs are known: images learned from codes are compared
anonymity   how many records share a code
equality    two releases linked by equal codes
"""
