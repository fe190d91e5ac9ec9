"""The live source: a dataset of a Socrata portal, read whole through SODA 2.1, SODA 3 or the bulk CSV."""
