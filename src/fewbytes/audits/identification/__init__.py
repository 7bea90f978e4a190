"""Which data set, and which codec, codes are of.

What is asked:  bag_files     codes without a header: .npy, .npz, headerless bytes
                layouts       such codes as the records of a codec
                subjects      what is to be identified: records of a store, or such codes
                candidates    a data set and a codec; what is drawn of it
                judging       every candidate compared with the codes
                judge         the test of one candidate
                identified    the answer: one of them, several, or none
How it is told: comparison    a few codes against a reference, by a permutation test
                permutation   random subsets, ranks, p-values
                energy_distance, typicality, kernel_ridge: the statistics
                squared_distances   shared by them
                keyed         codes under a secret key
                invariants    what a rotation or permutation leaves of them
Attacks:        data_sets     codes of several data sets, to learn on and to be judged on
                bag_attack    the data set named from 1 to 100 codes, the codec known
                keyed_attack  the same under a fresh secret projection
                halves        how often the test is wrong on the set itself
"""
