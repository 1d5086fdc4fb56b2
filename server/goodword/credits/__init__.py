"""Missing credit: a referrer says that a friend of theirs was not counted.

In: an order or an e-mail address that was named. Out: a claim that waits for a person's decision.
"""
