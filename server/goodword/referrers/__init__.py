"""Who refers: people, their signed codes, and the vanity codes that stand for them.

In: a person of a campaign. Out: the referrer behind a code.
"""
