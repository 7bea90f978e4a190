"""The weak attack: a record is called a member where its loss is below one threshold for all.

Yeom, Giacomelli, Fredrikson & Jha 2018, "Privacy risk in machine learning: analyzing the connection
to overfitting", the threshold attack. It cannot tell an easy record that a network has never seen
from one that it was trained on, so that at a low rate of false alarms it finds almost nobody, of
whichever network; to conclude that nobody can be found is wrong. Its one threshold is for all
networks too, and confidence is taken as networks give it.
"""

from __future__ import annotations

import numpy as np

from fewbytes.audits.membership.shadows import Floats, Shadows


def loss_scores(shadows: Shadows) -> Floats:
    """log p_y of each record under each network, (networks, n), at the mean confidence of queries:
    the loss, its sign turned.
    """
    scores: Floats = -np.logaddexp(0, -shadows.confidence)
    return scores
