"""Do the intervals of the primary outcomes hold for all four at once, and does the size verdict err as said?"""
