"""The compressed data set: for now the parts that a store on disk is made of, as bytes."""
