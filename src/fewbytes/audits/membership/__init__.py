"""Whether one can tell what a network was trained on.

pool                the records that networks are trained on, and those that none is
halves              which network is trained on which records
confidence          how sure a network is of a record's label
shadows             networks trained alike on random halves of one pool
loss                the weak attack: one threshold of the loss for all records
lira                likelihood ratios of a Gaussian with, and one without, each record
rmia                likelihood ratios against records of the population
roc                 the share of members found at a rate of false alarms
between_networks    intervals of such shares: networks are what varies
epsilon_of_trials   the least epsilon that independent trials leave
epsilon_of_guesses  the least epsilon that guesses about records of one training leave
epsilon_bounds      those of a set of shadow networks
rows, wording       figures of a set of networks, and what is said of them
controls            networks that leak all, and memberships that none can leak
recipe_attack       networks of the one recipe, on the codes and on the raw images
dp_sgd              networks trained with differential privacy
matched             ordinary networks, stopped as soon as they are as accurate
dp_attack           the attack on those two
"""
