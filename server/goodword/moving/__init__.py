"""Moving in: the files of other programmes, and what their rows come to.

In: a table of text. Out: people, leads and rewards in our words, or what is wrong with a row.
"""
