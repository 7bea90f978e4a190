"""Whether one can tell what a network was trained on.

halves          which network is trained on which records
confidence      how sure a network is of a record's label
shadows         networks trained on random halves of one pool of records
loss            the weak attack: one threshold of the loss for all records
lira            likelihood ratios of each record's own Gaussians
rmia            likelihood ratios against records of the population
roc             what share of the members is found at a rate of false alarms
between_networks  intervals of such shares, networks being what varies
clopper_pearson_epsilon  least epsilon that independent trials leave
guessed_epsilon  least epsilon that guesses about records of the same training leave
controls        networks that leak, and networks that cannot
rows            figures of one set of networks
networks        the attack on networks of the one recipe, on codes and on raw images
dp_sgd          a network trained with differential privacy, and an ordinary one
dp_baseline     the attack on those two
"""
