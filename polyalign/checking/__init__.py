"""Is each pair of an existing bitext right?"""
