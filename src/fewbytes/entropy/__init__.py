"""Lock-step entropy coding: every position of a code is coded for all records of a block at once.

A block is walked position by position. At each, a predictor gives the probability of the next
binary decision of every record from what is already known of that record, in whole numbers, so
that every machine decodes the same bytes; a range coder (constriction) turns decisions and
probabilities into bits. Records whose order is free are sorted and coded as a multiset: records
that agree so far are one group, of which only the number that go each way is coded.

    decisions   symbol <-> row of binary decisions
    logistic    log-odds -> probability, in whole numbers
    binomial    how many of a group go one way, in whole numbers
    bitstream   the range coder, with the checks that a stranger's bytes ask for
    groups      records that agree so far
    lockstep    the walk, and the coders built on it
    causal      which positions a prediction may look at
    network     a small network of whole numbers that predicts from them
    learning    fitting that network
"""

from fewbytes.entropy.lockstep import LockstepCoder, Predictor

__all__ = ["LockstepCoder", "Predictor"]
