"""How distances between images differ between codes, and the dimension of where they lie."""
