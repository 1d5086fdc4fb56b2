"""The programme: campaigns and the versions of their rules.

In: what an owner sets. Out: the campaign as every other room sees it.
"""
