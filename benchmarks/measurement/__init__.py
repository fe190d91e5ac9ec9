"""Whether the primary estimate says what certification does, where records and city are as bad as they may be."""
